"""The kinds of values expressions know, with the names and the equality Java gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeGuard

from engine.errors import ExpressionError
from engine.expression.limits import INT_MAX, LONG_MAX, LONG_MIN, MAX_NODES
from engine.model.json import Json


class Long(int):
    """A 64-bit integer, as literals and arithmetic make it; an integer read from JSON is a plain `int`.

    The difference shows in three places only, as in Kestra: `contains` on a list, the input of `date`, and
    `className`.
    """

    __slots__ = ()


def long(value: int) -> Long:
    """Return a 64-bit integer; raises ExpressionError when it does not fit (Java would wrap around)."""
    if LONG_MIN <= value <= LONG_MAX:
        return Long(value)
    raise ExpressionError(f"The number {str(value)[:40]} does not fit into 64 bits")


def is_map(value: Json) -> TypeGuard[Mapping[Json, Json]]:
    """Tell whether a value is a map."""
    return type(value) is dict or isinstance(value, Mapping)


def copied(value: Mapping[Json, Json]) -> dict[Json, Json]:
    """Return a copy of a map that may grow in another thread at this moment.

    Copying a dict is one step of the interpreter; walking its items is not: every pair that is made may let
    another thread run.
    """
    return value.copy() if type(value) is dict else dict(value)


def is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    """Tell whether a value is a list."""
    return type(value) is list or (
        isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes)
    )


def is_number(value: Json) -> bool:
    """Tell whether a value is a number; booleans are not."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def class_name(value: Json) -> str:
    """Return the Java class a value has in Kestra."""
    return _class_of(value)


def kind(value: Json) -> str:
    """Return how messages call a value: `a text`, `a number`, `null`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a text"
    if is_number(value):
        return "a number"
    if is_map(value):
        return "a map"
    if is_list(value):
        return "a list"
    if isinstance(value, date | time):
        return "a date"
    return f"a value of type {type(value).__name__}"


def same(left: Json, right: Json) -> bool:
    """Tell whether two values are equal as Java's `equals` sees it; numbers of two classes never are."""
    return _same(left, right, [MAX_NODES])


def identity(value: Json, budget: list[int] | None = None) -> Json:
    """Return something hashable that two values share exactly when `same` finds them equal."""
    budget = [MAX_NODES] if budget is None else budget
    if is_map(value):
        spend(budget, len(value) + 1)
        pairs = copied(value).items()
        return "map", frozenset((identity(key, budget), identity(item, budget)) for key, item in pairs)
    if is_list(value):
        spend(budget, len(value) + 1)
        return "list", tuple(identity(item, budget) for item in list(value))
    return ("text", str(value)) if isinstance(value, str) else (_class_of(value), value)


def plain(value: Json) -> Json:
    """Return the value without `Long`, so that it can leave the expression; unchanged parts are shared."""
    return _plain(value, [MAX_NODES]) if type(value) in _DEEP else value


def bounded(value: Json) -> Json:
    """Return the value; raises ExpressionError when it has too many values inside of it."""
    if is_map(value) or is_list(value):
        _count(value, [MAX_NODES])
    return value


def spend(budget: list[int], size: int) -> None:
    """Take from what is left; raises ExpressionError when nothing is."""
    budget[0] -= size
    if budget[0] < 0:
        raise ExpressionError(f"The value has more than {MAX_NODES} values inside of it")


def _count(value: Json, budget: list[int]) -> None:
    spend(budget, len(value) + 1)
    for item in list(value.values()) if is_map(value) else list(value):
        if type(item) in _CONTAINERS:
            _count(item, budget)


def _plain(value: Json, budget: list[int]) -> Json:
    if type(value) is Long:
        return int(value)
    spend(budget, len(value) + 1)
    if type(value) is dict:
        entries = copied(value)
        changed = {key: _plain(item, budget) for key, item in entries.items() if type(item) in _DEEP}
        if any(type(key) is Long for key in entries):
            return {plain(key): changed.get(key, item) for key, item in entries.items()}
        return (
            {**entries, **changed} if any(entries[key] is not new for key, new in changed.items()) else value
        )
    items = [_plain(item, budget) if type(item) in _DEEP else item for item in value]
    return items if any(new is not old for new, old in zip(items, value, strict=False)) else value


_DEEP = frozenset({Long, dict, list})
_CONTAINERS = frozenset({dict, list})


def _class_of(value: Json) -> str:
    for types, name in _CLASSES:
        if isinstance(value, types):
            return name
    if isinstance(value, int):
        return _integer_class(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return "java.time.LocalDateTime"
        return "java.time.Instant" if value.tzinfo is UTC else "java.time.ZonedDateTime"
    if isinstance(value, date):
        return "java.time.LocalDate"
    if is_map(value):
        return "java.util.HashMap"
    if is_list(value):
        return "java.util.ArrayList"
    return "java.lang.Object"


def _integer_class(value: int) -> str:
    if not LONG_MIN <= value <= LONG_MAX:
        return "java.math.BigInteger"
    if type(value) is Long or not -INT_MAX - 1 <= value <= INT_MAX:
        return "java.lang.Long"
    return "java.lang.Integer"


_CLASSES: tuple[tuple[type, str], ...] = (
    (type(None), "null"),
    (bool, "java.lang.Boolean"),
    (str, "java.lang.String"),
    (float, "java.lang.Double"),
    (Decimal, "java.math.BigDecimal"),
    (bytes, "[B"),
    (time, "java.time.LocalTime"),
    (timedelta, "java.time.Duration"),
)


def _same(left: Json, right: Json, budget: list[int]) -> bool:
    if left is right:
        return True
    spend(budget, 1)
    if is_map(left):
        return is_map(right) and _same_maps(left, right, budget)
    if is_list(left):
        return (
            is_list(right)
            and len(left) == len(right)
            and all(_same(a, b, budget) for a, b in zip(list(left), list(right), strict=False))
        )
    if isinstance(left, str) or isinstance(right, str):
        return isinstance(left, str) and isinstance(right, str) and left == right
    return bool(left == right) and _class_of(left) == _class_of(right)


def _same_maps(left: Mapping[Json, Json], right: Mapping[Json, Json], budget: list[int]) -> bool:
    absent = object()
    if len(left) != len(right):
        return False
    for key, item in copied(left).items():
        other = right.get(key, absent)
        if other is absent or not _same(item, other, budget):
            return False
    return True
