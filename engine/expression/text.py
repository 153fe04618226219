"""How values become text: printed, as JSON, and in Java's `toString` form."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

import orjson

from engine.errors import ExpressionError
from engine.expression.limits import LONG_MAX, LONG_MIN, MAX_NODES
from engine.expression.value import Long, copied, is_list, is_map, spend
from engine.model.duration import duration_text
from engine.model.json import Json


def printed(value: Json) -> str:
    """Return what `{{ value }}` prints: nothing for null, compact JSON for maps and lists."""
    write = _PRINTED.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, str):
        return str(value)
    if is_map(value) or is_list(value):
        return json_text(value)
    return java_text(value)


def joined(value: Json) -> str:
    """Return what `~` puts together: nothing for null, Java's form for the rest."""
    return "" if value is None else java_text(value)


def java_text(value: Json) -> str:
    """Return Java's `String.valueOf`: `null`, `1.0E7`, `{a=1}`, `[1, 2]`."""
    write = _JAVA.get(type(value))
    if write is not None:
        return write(value)
    if isinstance(value, str):
        return str(value)
    if is_map(value) or is_list(value):
        return _java_container(value, [MAX_NODES])
    if isinstance(value, datetime):
        return _moment_text(value)
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def json_text(value: Json) -> str:
    """Return compact JSON as Jackson writes it: null entries of maps left out, Java's number text.

    Raises ExpressionError when a text is not Unicode or the value is nested too deeply.
    """
    try:
        return orjson.dumps(_prepared(value, [MAX_NODES]), option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError as error:
        raise ExpressionError(f"The value cannot be written as JSON: {error}") from error


def float_text(value: float) -> str:
    """Return Java's `Double.toString`: always a fraction, and an exponent from 10^7 and below 10^-3."""
    if value != value:
        return "NaN"
    size = abs(value)
    if size in (0.0, float("inf")):
        sign = "-" if str(value).startswith("-") else ""
        return sign + ("0.0" if size == 0.0 else "Infinity")
    if 1e-3 <= size < 1e7:
        return repr(value)
    digits = Decimal(repr(size)).as_tuple()
    text = "".join(map(str, digits.digits))
    exponent = int(digits.exponent) + len(text) - 1
    return f"{'-' if value < 0 else ''}{text[0]}.{text[1:].rstrip('0') or '0'}E{exponent}"


def instant_text(moment: datetime) -> str:
    """Write a moment of UTC as `2024-01-01T10:00:00.123Z`, the fraction in groups of three digits."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text[:-3] if moment.microsecond and moment.microsecond % 1000 == 0 else text) + "Z"


def clock_text(value: time | datetime) -> str:
    """Write the time of day as Java's LocalTime: seconds only when needed, fractions in groups of three."""
    text = f"{value.hour:02d}:{value.minute:02d}"
    if value.second or value.microsecond:
        text += f":{value.second:02d}"
    if value.microsecond:
        fraction = f"{value.microsecond:06d}"
        text += "." + (fraction[:3] if fraction.endswith("000") else fraction)
    return text


def offset_text(offset: timedelta | None) -> str:
    """Write an offset as `+02:00`, and `Z` for none."""
    seconds = round(offset.total_seconds()) if offset else 0
    if not seconds:
        return "Z"
    minutes, rest = divmod(abs(seconds), 60)
    text = f"{'-' if seconds < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{rest:02d}" if rest else text


def zone_name(zone: tzinfo | None) -> str:
    """Return the region of a zone, or nothing for a fixed offset."""
    return zone.key if isinstance(zone, ZoneInfo) else ""


def _moment_text(value: datetime) -> str:
    if value.tzinfo is UTC:
        return instant_text(value)
    text = f"{value.date().isoformat()}T{clock_text(value)}"
    if value.tzinfo is None:
        return text
    region = zone_name(value.tzinfo)
    return text + offset_text(value.utcoffset()) + (f"[{region}]" if region else "")


def _json_moment(value: datetime) -> str:
    if value.tzinfo is UTC:
        return instant_text(value)
    text = value.replace(tzinfo=None).isoformat()
    if value.microsecond:
        text = text.rstrip("0")
    return text if value.tzinfo is None else text + offset_text(value.utcoffset())


def _java_container(value: Json, budget: list[int]) -> str:
    items = copied(value).items() if is_map(value) else list(value)
    spend(budget, len(items) + 1)
    if is_map(value):
        return "{" + ", ".join(f"{_java_part(k, budget)}={_java_part(v, budget)}" for k, v in items) + "}"
    return "[" + ", ".join([_java_part(item, budget) for item in items]) + "]"


def _java_part(value: Json, budget: list[int]) -> str:
    return _java_container(value, budget) if is_map(value) or is_list(value) else java_text(value)


def _prepared(value: Json, budget: list[int]) -> Json:
    """Return what orjson writes exactly as Jackson would."""
    kind = type(value)
    if kind in _AS_IS:
        return value
    if kind is dict or is_map(value):
        items = copied(value).items()
        spend(budget, len(items) + 1)
        return {
            (key if type(key) is str else _key_text(key)): (
                item if type(item) in _AS_IS else _prepared(item, budget)
            )
            for key, item in items
            if item is not None
        }
    if kind is list or is_list(value):
        spend(budget, len(value) + 1)
        return [item if type(item) in _AS_IS else _prepared(item, budget) for item in list(value)]
    return _json_scalar(value)


def _key_text(key: Json) -> str:
    return "" if key is None else java_text(key)


def _json_scalar(value: Json) -> Json:
    if isinstance(value, float):
        if 1e-3 <= abs(value) < 1e7:
            return value
        text = float_text(value)
        return text if value != value or abs(value) == float("inf") else orjson.Fragment(text)
    if isinstance(value, int):
        return int(value) if LONG_MIN <= value <= LONG_MAX else orjson.Fragment(str(int(value)))
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value)) if value.is_finite() else str(value)
    if isinstance(value, datetime):
        return _json_moment(value)
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return orjson.Fragment(f"{value.total_seconds():.9f}")
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    return java_text(value)


_AS_IS = frozenset({str, bool, type(None), Long})


def _boolean_text(value: Json) -> str:
    return "true" if value else "false"


def _integer_text(value: Json) -> str:
    return int.__repr__(value)


def _null_text(value: Json) -> str:
    return "null"


def _nothing(value: Json) -> str:
    return ""


_SCALARS: dict[type, Callable[[Json], str]] = {
    str: str,
    bool: _boolean_text,
    int: _integer_text,
    Long: _integer_text,
    float: float_text,
    date: date.isoformat,
    time: clock_text,
    timedelta: duration_text,
}
_PRINTED: dict[type, Callable[[Json], str]] = {
    **_SCALARS,
    type(None): _nothing,
    dict: json_text,
    list: json_text,
}
_JAVA: dict[type, Callable[[Json], str]] = {**_SCALARS, type(None): _null_text}
