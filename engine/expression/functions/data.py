"""Functions that read written forms of values."""

from __future__ import annotations

import json as standard
import re
from collections.abc import Callable
from typing import Final

import orjson

from engine.errors import ExpressionError
from engine.expression import expect, ion, yaml_text
from engine.model.json import Json

_LONG_NUMBER: Final = re.compile(r"\d{19}")


def from_json(json: Json) -> Json:
    """Read JSON.

    json: the text; null gives null

    `{{ fromJson('[1,2,3]')[0] }}` -> `1`
    `{{ fromJson('{"a":[{"b":6}]}').a[0].b }}` -> `6`
    `{{ fromJson('{not json}') }}` -> error
    """
    return _read(json, "fromJson")


def json_(json: Json) -> Json:
    """Read JSON; the older name of `fromJson`.

    json: the text; null gives null

    `{{ json('{"a":1}').a }}` -> `1`
    """
    return _read(json, "json")


def from_ion(ion_: Json, all_rows: Json = False) -> Json:
    """Read Ion text: the first value, or all of them.

    ion: the text
    allRows: whether to return the list of all values

    `{{ fromIon('{title:"T",views:1}').title }}` -> `T`
    `{{ fromIon('{a:1} {a:2}', allRows=true) }}` -> `[{"a":1},{"a":2}]`
    """
    if ion_ is None:
        return None
    rows = ion.read_ion(expect.text(ion_, "fromIon"))
    if all_rows is True:
        return rows
    return rows[0] if rows else None


def yaml(yaml_: Json) -> Json:
    """Read YAML.

    yaml: the text

    `{{ yaml('k: v').k }}` -> `v`
    """
    return None if yaml_ is None else yaml_text.read_yaml(expect.text(yaml_, "yaml"))


def _read(value: Json, name: str) -> Json:
    if value is None:
        return None
    text = expect.text(value, name)
    try:
        # orjson makes a float of an integer beyond 64 bits
        return standard.loads(text) if _LONG_NUMBER.search(text) else orjson.loads(text)
    except (ValueError, RecursionError) as error:
        raise ExpressionError(f"The text is not JSON: {error}") from error


FUNCTIONS: Final[dict[str, Callable[..., Json]]] = {
    "fromIon": from_ion,
    "fromJson": from_json,
    "json": json_,
    "yaml": yaml,
}
