"""Java methods that flows call on texts, lists, maps, numbers and dates, as plain functions on data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from engine.errors import ExpressionError
from engine.expression.limits import checked_size
from engine.expression.order import hash_code
from engine.expression.pattern import java_split, java_sub
from engine.expression.text import java_text
from engine.expression.value import Long, copied, is_list, is_map, is_number, same
from engine.model.json import Json

Methods = Mapping[str, Callable[..., Json]]


def methods_of(value: Json) -> Methods:
    """Return the methods a value has."""
    if isinstance(value, str):
        return _TEXT
    if is_map(value):
        return _MAP
    if is_list(value):
        return _LIST
    if isinstance(value, date | time):
        return _TEMPORAL
    if is_number(value):
        return _NUMBER
    return _ANY


def getter(value: Json, name: str) -> Callable[[Json], Json] | None:
    """Return what `value.name` without brackets means: a method of that name, or `getName`, `isName`."""
    methods = methods_of(value)
    if is_map(value):
        return None
    upper = name[:1].upper() + name[1:]
    for candidate in (f"get{upper}", f"is{upper}", name):
        method = methods.get(candidate)
        if method is not None and method in _WITHOUT_ARGUMENTS:
            return method
    return None


def _code_point(text: str, index: int) -> str:
    return text[_index(index, len(text) - 1)]


def _index(index: Json, highest: int) -> int:
    if isinstance(index, bool) or not isinstance(index, int):
        raise TypeError("an index is a whole number")
    if not 0 <= index <= highest:
        raise ExpressionError(f"The index {index} is outside of 0 to {highest}")
    return index


def _substring(text: str, begin: int, end: int | None = None) -> str:
    stop = len(text) if end is None else _index(end, len(text))
    return text[_index(begin, stop) : stop]


def _replaced(text: str, old: str, new: str) -> str:
    parts = text.count(old)
    checked_size(len(text) + parts * len(new))
    return text.replace(old, new)


def _repeated(text: str, times: int) -> str:
    if isinstance(times, bool) or not isinstance(times, int) or times < 0:
        raise ExpressionError("A text is repeated a whole number of times, 0 or more")
    checked_size(len(text) * times)
    return text * times


def _split(text: str, pattern: str, limit: int = 0) -> list[str]:
    return java_split(text, pattern, limit)


def _matches(text: str, pattern: str) -> bool:
    return bool(java_sub(f"\\A(?:{pattern})\\z", "", text, count=1)[1])


def _compared(left: str, right: str) -> Long:
    return Long((left > right) - (left < right))


def _position(items: list[Json], wanted: Json) -> Long:
    return Long(next((at for at, item in enumerate(items) if same(item, wanted)), -1))


def _last_position(items: list[Json], wanted: Json) -> Long:
    return Long(max((at for at, item in enumerate(items) if same(item, wanted)), default=-1))


def _at(items: list[Json], index: int) -> Json:
    return items[_index(index, len(items) - 1)]


def _part(items: list[Json], begin: int, end: int) -> list[Json]:
    stop = _index(end, len(items))
    return list(items[_index(begin, stop) : stop])


def _entries(value: Mapping[Json, Json]) -> list[Json]:
    return [{"key": key, "value": item} for key, item in copied(value).items()]


def _milliseconds(value: datetime) -> Long:
    return Long(_since_epoch(value) // 1000)


def _since_epoch(value: datetime) -> int:
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _shift(unit: str) -> Callable[[Json, int], Json]:
    return lambda value, amount: value + timedelta(**{unit: amount})


def _shift_back(unit: str) -> Callable[[Json, int], Json]:
    return lambda value, amount: value - timedelta(**{unit: amount})


_ANY: Final[dict[str, Callable[..., Json]]] = {
    "toString": java_text,
    "hashCode": lambda value: Long((hash_code(value) + 2**31) % 2**32 - 2**31),
}
_TEXT: Final[dict[str, Callable[..., Json]]] = {
    **_ANY,
    "charAt": _code_point,
    "codePointAt": lambda text, index: Long(ord(_code_point(text, index))),
    "compareTo": _compared,
    "compareToIgnoreCase": lambda text, other: _compared(text.lower(), other.lower()),
    "concat": lambda text, other: text + other,
    "endsWith": lambda text, end: text.endswith(end),
    "equalsIgnoreCase": lambda text, other: isinstance(other, str) and text.casefold() == other.casefold(),
    "indexOf": lambda text, part, begin=0: Long(text.find(part, begin)),
    "isBlank": lambda text: not text.strip(),
    "isEmpty": lambda text: not text,
    "lastIndexOf": lambda text, part: Long(text.rfind(part)),
    "length": lambda text: Long(len(text)),
    "lines": lambda text: text.splitlines(),
    "matches": _matches,
    "repeat": _repeated,
    "replace": _replaced,
    "replaceAll": lambda text, pattern, new: java_sub(pattern, new, text)[0],
    "replaceFirst": lambda text, pattern, new: java_sub(pattern, new, text, count=1)[0],
    "split": _split,
    "startsWith": lambda text, begin: text.startswith(begin),
    "strip": lambda text: text.strip(),
    "stripLeading": lambda text: text.lstrip(),
    "stripTrailing": lambda text: text.rstrip(),
    "subSequence": _substring,
    "substring": _substring,
    "toCharArray": list,
    "toLowerCase": lambda text: text.lower(),
    "toUpperCase": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
}
_LIST: Final[dict[str, Callable[..., Json]]] = {
    **_ANY,
    "containsAll": lambda items, others: all(_position(items, other) >= 0 for other in others),
    "get": _at,
    "getFirst": lambda items: _at(items, 0),
    "getLast": lambda items: _at(items, len(items) - 1),
    "indexOf": _position,
    "isEmpty": lambda items: not items,
    "lastIndexOf": _last_position,
    "length": lambda items: Long(len(items)),
    "size": lambda items: Long(len(items)),
    "subList": _part,
}
_MAP: Final[dict[str, Callable[..., Json]]] = {
    **_ANY,
    "containsKey": lambda value, key: key in value,
    "containsValue": lambda value, wanted: _position(list(value.values()), wanted) >= 0,
    "entrySet": _entries,
    "get": lambda value, key: value.get(key),
    "getOrDefault": lambda value, key, other: value.get(key, other),
    "isEmpty": lambda value: not value,
    "keySet": list,
    "size": lambda value: Long(len(value)),
    "values": lambda value: list(value.values()),
}
_NUMBER: Final[dict[str, Callable[..., Json]]] = {
    **_ANY,
    "compareTo": lambda left, right: Long((left > right) - (left < right)),
    "doubleValue": float,
    "intValue": int,
    "longValue": lambda value: Long(int(value)),
}
_TEMPORAL: Final[dict[str, Callable[..., Json]]] = {
    **_ANY,
    "getDayOfMonth": lambda value: value.day,
    "getDayOfWeek": lambda value: f"{value:%A}".upper(),
    "getDayOfYear": lambda value: value.timetuple().tm_yday,
    "getEpochSecond": lambda value: Long(_since_epoch(value) // 1_000_000),
    "getHour": lambda value: value.hour,
    "getMinute": lambda value: value.minute,
    "getMonth": lambda value: f"{value:%B}".upper(),
    "getMonthValue": lambda value: value.month,
    "getNano": lambda value: value.microsecond * 1000,
    "getSecond": lambda value: value.second,
    "getYear": lambda value: value.year,
    "isAfter": lambda value, other: value > other,
    "isBefore": lambda value, other: value < other,
    "minusDays": _shift_back("days"),
    "minusHours": _shift_back("hours"),
    "minusMinutes": _shift_back("minutes"),
    "minusSeconds": _shift_back("seconds"),
    "plusDays": _shift("days"),
    "plusHours": _shift("hours"),
    "plusMinutes": _shift("minutes"),
    "plusSeconds": _shift("seconds"),
    "toEpochMilli": _milliseconds,
    "toEpochSecond": lambda value: Long(_since_epoch(value) // 1_000_000),
    "toLocalDate": lambda value: value.date(),
}

_NAMES_WITHOUT_ARGUMENTS: Final = frozenset(
    {
        "toString",
        "hashCode",
        "isBlank",
        "isEmpty",
        "length",
        "lines",
        "strip",
        "stripLeading",
        "stripTrailing",
        "toCharArray",
        "toLowerCase",
        "toUpperCase",
        "trim",
        "getFirst",
        "getLast",
        "size",
        "doubleValue",
        "intValue",
        "longValue",
        "getDayOfMonth",
        "getDayOfWeek",
        "getDayOfYear",
        "getEpochSecond",
        "getHour",
        "getMinute",
        "getMonth",
        "getMonthValue",
        "getNano",
        "getSecond",
        "getYear",
        "toEpochMilli",
        "toEpochSecond",
        "toLocalDate",
    }
)
_WITHOUT_ARGUMENTS: Final = frozenset(
    table[name]
    for table in (_TEXT, _LIST, _NUMBER, _TEMPORAL)
    for name in _NAMES_WITHOUT_ARGUMENTS
    if name in table
)
