"""The tests behind `is` and `is not`: each is a function and a line in the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import orjson

from engine.errors import ExpressionError
from engine.expression.filters.data import is_empty
from engine.expression.value import is_list, is_map, is_number, kind
from engine.model.json import Json


def defined(value: Json) -> bool:
    """Tell whether a value exists and is not null.

    `{{ inputs.undeclared is defined }}` -> `false`
    `{{ null is defined }}` -> `false`
    `{{ 'a' is defined }}` -> `true`
    """
    return value is not None


def empty(value: Json) -> bool:
    """Tell whether a value is null, a blank text, or an empty list or map.

    `{{ [] is empty }}` -> `true`
    `{{ '  ' is empty }}` -> `true`
    `{{ 0 is empty }}` -> `false`
    `{{ inputs.undeclared is empty }}` -> error
    """
    return is_empty(value)


def even(value: Json) -> bool:
    """Tell whether a whole number is even.

    `{{ 4 is even }}` -> `true`
    """
    return _whole(value, "even") % 2 == 0


def odd(value: Json) -> bool:
    """Tell whether a whole number is odd.

    `{{ 3 is odd }}` -> `true`
    """
    return _whole(value, "odd") % 2 != 0


def iterable(value: Json) -> bool:
    """Tell whether a value is a list.

    `{{ [1] is iterable }}` -> `true`
    `{{ 'a' is iterable }}` -> `false`
    """
    return is_list(value)


def json(value: Json) -> bool:
    """Tell whether a text can be read as JSON.

    `{{ '{"a":1}' is json }}` -> `true`
    `{{ '1' is json }}` -> `true`
    `{{ 'a' is not json }}` -> `true`
    """
    if not isinstance(value, str):
        return False
    try:
        orjson.loads(value)
    except ValueError:
        return False
    return True


def map_(value: Json) -> bool:
    """Tell whether a value is a map.

    `{{ {'a':1} is map }}` -> `true`
    """
    return is_map(value)


def null(value: Json) -> bool:
    """Tell whether a value is null.

    `{{ null is null }}` -> `true`
    """
    return value is None


def _whole(value: Json, name: str) -> int:
    if value is None or not is_number(value):
        raise ExpressionError(f"`is {name}` needs a number, not {kind(value)}")
    return int(value)


TESTS: Final[dict[str, Callable[..., Json]]] = {
    "defined": defined,
    "empty": empty,
    "even": even,
    "iterable": iterable,
    "json": json,
    "map": map_,
    "null": null,
    "odd": odd,
}
