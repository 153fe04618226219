"""Filters between values and their written forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from engine.errors import ExpressionError
from engine.expression import expect, ion, yaml_text
from engine.expression.limits import MAX_ITEMS
from engine.expression.text import json_text
from engine.expression.value import bounded, is_list, is_map
from engine.expression.value import class_name as java_class
from engine.model.json import Json

_MAX_PROGRAM: Final = 10_000


def class_name(value: Json) -> Json:
    """Return the name of the Java class the value has in Kestra.

    `{{ 'x' | className }}` -> `java.lang.String`
    `{{ 1 | className }}` -> `java.lang.Long`
    """
    return None if value is None else java_class(value)


def default(value: Json, default_: Json) -> Json:
    """Return another value when this one is missing, null, blank or empty.

    default: the value to take instead

    `{{ '' | default('x') }}` -> `x`
    `{{ 0 | default(5) }}` -> `0`
    `{{ null | default('n/a') }}` -> `n/a`
    `{{ inputs.undeclared | default('n/a') }}` -> `n/a`
    """
    return default_ if is_empty(value) else value


def is_empty(value: Json) -> bool:
    """Tell whether a value is null, a blank text, or an empty list or map."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value.strip()
    return not value if is_map(value) or is_list(value) else False


def jq(value: Json, expression: Json) -> Json:
    """Apply a jq program; the answer is always the list of its results. A text is read as JSON first.

    expression: the jq program

    `{{ {'l':[1,2]} | jq('.l[]') }}` -> `[1,2]`
    `{{ {'l':[1,2]} | jq('.l') }}` -> `[[1,2]]`
    `{{ '{"a":{"b":5}}' | jq('.a.b') | first }}` -> `5`
    """
    if value is None:
        return None
    program = _program(expect.text(expression, "jq"))
    given = value if isinstance(value, str) else json_text(value)
    try:
        results = list(islice(_results(program, given), MAX_ITEMS + 1))
    except ValueError as error:
        raise ExpressionError(f"jq `{expression}` failed: {error}") from error
    if len(results) > MAX_ITEMS:
        raise ExpressionError(f"jq `{expression}` has more than {MAX_ITEMS} results")
    return results


def to_ion(value: Json) -> str:
    """Write a value as Ion text.

    `{{ {'e':{}} | toIon }}` -> `{e:{}}`
    `{{ 'x' | toIon }}` -> `"x"`
    `{{ 1.5 | toIon }}` -> `1.5e0`
    """
    return ion.write_ion_row(bounded(value))


def to_json(value: Json) -> str:
    """Write a value as JSON; entries of maps that are null are left out.

    `{{ {'a':[1,'x']} | toJson }}` -> `{"a":[1,"x"]}`
    `{{ 'x' | toJson }}` -> `"x"`
    `{{ null | toJson }}` -> `null`
    """
    return json_text(value)


def json(value: Json) -> str:
    """Write a value as JSON; the older name of `toJson`.

    `{{ [1] | json }}` -> `[1]`
    """
    return json_text(value)


def yaml(value: Json) -> str:
    """Write a value as YAML, which ends with a line end.

    `{{ ['s',1] | yaml }}` -> ` - s⏎ - 1⏎`
    `{{ 'x' | yaml }}` -> `x⏎`
    `{{ {'k':'v'} | yaml }}` -> `k: v⏎`
    """
    return yaml_text.write_yaml(value)


def _results(program: Any, given: str) -> Iterator[Json]:
    yield from program.input_text(given)


@lru_cache(maxsize=256)
def _program(expression: str) -> Any:
    import jq as library  # a compiled jq; imported when first needed

    if len(expression) > _MAX_PROGRAM or "\0" in expression:
        raise ExpressionError(f"A jq program is a text of at most {_MAX_PROGRAM} characters")
    try:
        return library.compile(expression)
    except ValueError as error:
        raise ExpressionError(f"The jq program `{expression}` is wrong: {error}") from error


FILTERS: Final[dict[str, Callable[..., Json]]] = {
    "className": class_name,
    "default": default,
    "jq": jq,
    "json": json,
    "toIon": to_ion,
    "toJson": to_json,
    "yaml": yaml,
}
