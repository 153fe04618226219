"""Dates in expressions: from values to moments, and from moments to text by named format or pattern."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from engine.errors import ExpressionError
from engine.expression.date_pattern import DAYS, MONTHS, date_pattern
from engine.expression.text import instant_text, offset_text, zone_name
from engine.expression.value import class_name, kind
from engine.expression.zone import zone_of
from engine.model.json import Json

_NAMED: Final = {
    "iso": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "iso_sec": "yyyy-MM-dd'T'HH:mm:ssXXX",
    "sql": "yyyy-MM-dd HH:mm:ss.SSSSSS",
    "sql_seq": "yyyy-MM-dd HH:mm:ss",
    "full": "EEEE, MMMM d, yyyy 'at' h:mm:ss a z",
    "long": "MMMM d, yyyy 'at' h:mm:ss a z",
    "medium": "MMM d, yyyy, h:mm:ss a",
    "short": "M/d/yy, h:mm a",
}
_ISO_TEXT: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:T(?P<clock>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)"
    r"(?P<offset>Z|[-+]\d\d(?::\d\d(?::\d\d)?)?)?(?:\[(?P<zone>[\w+/:-]+)\])?)?",
    re.ASCII | re.IGNORECASE,
)
_RFC_1123: Final = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) "
    r"(\d\d:\d\d(?::\d\d)?) (GMT|[-+]\d{4})",
    re.ASCII,
)


def to_moment(value: Json, existing: str | None, zone: tzinfo) -> datetime:
    """Return the moment a value means, with a zone.

    A date is noon; a text is ISO or written in the `existing` format, and in `zone` when it names none; a
    64-bit number is seconds since 1970. Raises ExpressionError for anything else.
    """
    if isinstance(value, str):
        return _from_text(value.strip(), existing, zone)
    if isinstance(value, datetime):
        return value if value.tzinfo else _settled(value.replace(tzinfo=zone))
    if isinstance(value, date):
        return datetime.combine(value, time(12), zone)
    if isinstance(value, int) and class_name(value) == "java.lang.Long":
        try:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(value))
        except OverflowError:
            raise ExpressionError(f"{value} seconds since 1970 is outside of the years 1 to 9999") from None
    if isinstance(value, int) and not isinstance(value, bool):
        raise ExpressionError(
            f"{value} is an Integer and no date; for seconds since 1970 use `| string | number('LONG')`"
        )
    raise ExpressionError(f"{kind(value)} is no date; a text, a date or seconds since 1970 is")


def format_moment(moment: datetime, name: str) -> str:
    """Write a moment by a named format or by a DateTimeFormatter pattern."""
    write = _WRITERS.get(name)
    return write(moment) if write is not None else date_pattern(_NAMED.get(name, name)).write(moment)


def zone_or(name: Json, zone: tzinfo) -> tzinfo:
    """Return the zone of this name, or the given one when there is no name."""
    if name is None or name == "":
        return zone
    if not isinstance(name, str):
        raise ExpressionError(f"A time zone is a text like 'Europe/Paris', not {kind(name)}")
    return zone_of(name)


def micros_since_epoch(moment: datetime) -> int:
    """Return microseconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def plus(moment: datetime, amount: int, unit: str) -> datetime:
    """Add units of time: days and longer on the calendar of the moment's zone, shorter ones exactly."""
    try:
        if unit in _EXACT_MICROS:
            return (moment.astimezone(UTC) + timedelta(microseconds=amount * _EXACT_MICROS[unit])).astimezone(
                moment.tzinfo
            )
        if unit == "NANOS":
            micros = abs(amount) // 1000 * (1 if amount > 0 else -1)
            return moment + timedelta(microseconds=micros)
        if unit in _DAYS_OF:
            return _settled(moment + timedelta(days=amount * _DAYS_OF[unit]))
        return _settled(_plus_months(moment, amount * _MONTHS_OF[unit]))
    except (OverflowError, ValueError):
        raise ExpressionError(
            f"{amount} {unit} from {moment.isoformat()} is outside of the years 1 to 9999"
        ) from None


_EXACT_MICROS: Final = {
    "MICROS": 1,
    "MILLIS": 1_000,
    "SECONDS": 1_000_000,
    "MINUTES": 60_000_000,
    "HOURS": 3_600_000_000,
    "HALF_DAYS": 43_200_000_000,
}
_DAYS_OF: Final = {"DAYS": 1, "WEEKS": 7}
_MONTHS_OF: Final = {"MONTHS": 1, "YEARS": 12, "DECADES": 120, "CENTURIES": 1_200, "MILLENNIA": 12_000}
UNITS: Final = ("NANOS", *_EXACT_MICROS, *_DAYS_OF, *_MONTHS_OF)


def _plus_months(moment: datetime, months: int) -> datetime:
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    if not 1 <= year <= 9999:
        raise ValueError(year)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1) if (year, month) != (9999, 11) else None
    last = (following - timedelta(days=1)).day if following else 31
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def _settled(moment: datetime) -> datetime:
    """Move a local time that a change of clocks skipped to the one that exists."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo)


def _from_text(text: str, existing: str | None, zone: tzinfo) -> datetime:
    if existing is not None and existing not in _ISO_NAMES:
        if existing == "rfc_1123_date_time":
            return _from_rfc(text)
        return _from_pattern(text, _NAMED.get(existing, existing), zone)
    match = _ISO_TEXT.fullmatch(text)
    if match is None:
        raise ExpressionError(
            f"'{text[:100]}' is not an ISO date; name its format: existingFormat='yyyy-MM-dd HH:mm:ss'"
        )
    try:
        day = date.fromisoformat(match["day"])
        clock = time.fromisoformat(match["clock"]) if match["clock"] else time()
        region = zone_of(match["zone"]) if match["zone"] else None
        if match["offset"]:
            moment = datetime.combine(day, clock, _fixed(match["offset"]))
            return moment.astimezone(region) if region else moment
        return _settled(datetime.combine(day, clock, region or zone))
    except (ValueError, OverflowError) as error:
        raise ExpressionError(f"'{text[:100]}' is not a date: {error}") from None


def _fixed(offset: str) -> tzinfo:
    return UTC if offset in ("Z", "z") else zone_of(offset)


def _from_rfc(text: str) -> datetime:
    match = _RFC_1123.fullmatch(text)
    months = [name[:3] for name in MONTHS]
    if match is None or match[2].title() not in months:
        raise ExpressionError(f"'{text[:100]}' is not a date like 'Tue, 08 Feb 2022 19:38:26 GMT'")
    try:
        day = date(int(match[3]), months.index(match[2].title()) + 1, int(match[1]))
        zone = UTC if match[5] == "GMT" else zone_of(match[5])
        return datetime.combine(day, time.fromisoformat(match[4]), zone)
    except ValueError as error:
        raise ExpressionError(f"'{text[:100]}' is not a date: {error}") from None


def _from_pattern(text: str, pattern: str, zone: tzinfo) -> datetime:
    found = date_pattern(pattern).read(text)
    try:
        day, clock = _day_of(found), _clock_of(found)
        for letter in "XxZOVvz":
            if letter in found:
                named = "GMT" if found[letter] == "gmt" else found[letter]
                zone = zone_of(named if named != "z" else "Z")
        return _settled(datetime.combine(day, clock, zone))
    except (ValueError, OverflowError) as error:
        raise ExpressionError(f"'{text[:100]}' is not a date by the pattern '{pattern}': {error}") from None


def _day_of(found: dict[str, str]) -> date:
    year_text = found.get("u") or found.get("y") or found.get("Y") or "1970"
    year = int(year_text) + (2000 if len(year_text) == 2 else 0)
    if "D" in found:
        return date(year, 1, 1) + timedelta(days=int(found["D"]) - 1)
    name = found.get("M_text") or found.get("L_text")
    if name is not None:
        month = [other[:3].lower() for other in MONTHS].index(name[:3].lower()) + 1
    else:
        month = int(found.get("M") or found.get("L") or 1)
    return date(year, month, int(found.get("d") or 1))


def _clock_of(found: dict[str, str]) -> time:
    hour = int(found.get("H") or found.get("k") or 0) % 24
    half = found.get("h") or found.get("K")
    if half is not None:
        hour = int(half) % 12 + (12 if found.get("a", "").lower() == "pm" else 0)
    fraction = f"{found.get('S', ''):0<6}"[:6]
    micros = int(found["n"]) // 1000 if "n" in found else int(fraction)
    return time(hour, int(found.get("m") or 0), int(found.get("s") or 0), micros)


def _seconds_text(moment: datetime) -> str:
    text = moment.strftime("%H:%M:%S")
    fraction = f"{moment.microsecond:06d}".rstrip("0")
    return f"{text}.{fraction}" if fraction else text


def _local(moment: datetime) -> str:
    return f"{moment.date().isoformat()}T{_seconds_text(moment)}"


def _offset(moment: datetime) -> str:
    return offset_text(moment.utcoffset())


def _zoned(moment: datetime) -> str:
    region = zone_name(moment.tzinfo)
    return _local(moment) + _offset(moment) + (f"[{region}]" if region else "")


def _rfc(moment: datetime) -> str:
    offset = _offset(moment).replace(":", "")
    return (
        f"{DAYS[moment.weekday()][:3]}, {moment.day} {MONTHS[moment.month - 1][:3]} {moment.year:04d} "
        f"{moment:%H:%M:%S} {'GMT' if offset == 'Z' else offset}"
    )


def _week(moment: datetime) -> str:
    year, week, day = moment.isocalendar()
    return f"{year:04d}-W{week:02d}-{day}{_offset(moment)}"


_WRITERS: Final[dict[str, Callable[[datetime], str]]] = {
    "iso_date_time": _zoned,
    "iso_zoned_date_time": _zoned,
    "iso_offset_date_time": lambda moment: _local(moment) + _offset(moment),
    "iso_local_date_time": _local,
    "iso_date": lambda moment: moment.date().isoformat() + _offset(moment),
    "iso_offset_date": lambda moment: moment.date().isoformat() + _offset(moment),
    "iso_local_date": lambda moment: moment.date().isoformat(),
    "basic_iso_date": lambda moment: f"{moment:%Y%m%d}{_offset(moment).replace(':', '')}",
    "iso_time": lambda moment: _seconds_text(moment) + _offset(moment),
    "iso_offset_time": lambda moment: _seconds_text(moment) + _offset(moment),
    "iso_local_time": _seconds_text,
    "iso_instant": instant_text,
    "iso_ordinal_date": lambda moment: f"{moment.year:04d}-{moment.timetuple().tm_yday:03d}{_offset(moment)}",
    "iso_week_date": _week,
    "rfc_1123_date_time": _rfc,
}
_ISO_NAMES: Final = frozenset(
    {"iso_date_time", "iso_zoned_date_time", "iso_offset_date_time", "iso_local_date_time", "iso_instant"}
    | {"iso_local_date"}
)
NAMES: Final = (*_NAMED, *_WRITERS)
