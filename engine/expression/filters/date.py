"""Filters on dates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engine.errors import ExpressionError
from engine.expression import expect
from engine.expression.date_format import (
    UNITS,
    format_moment,
    micros_since_epoch,
    plus,
    to_moment,
    zone_or,
)
from engine.expression.environment import Env
from engine.expression.nearest import did_you_mean
from engine.expression.value import Long
from engine.model.json import Json


def date(
    value: Json,
    format_: Json = "iso",
    time_zone: Json = None,
    existing_format: Json = None,
    locale: Json = None,
    *,
    env: Env,
) -> Json:
    """Write a date in a format and a time zone.

    format: a name like `iso`, `sql`, `iso_date`, `rfc_1123_date_time`, `short`, or a Java pattern
    timeZone: the zone to write it in; the server's when left out
    existingFormat: how a text is written now; ISO when left out
    locale: the language of month and day names; only English is known

    `{{ '2024-01-01' | date('dd.MM.yyyy') }}` -> `01.01.2024`
    `{{ '2013-09-08T17:19:12+02:00' | date(timeZone='Europe/Paris') }}` -> `2013-09-08T17:19:12.000000+02:00`
    `{{ 'July 24, 2001' | date('yyyy-MM-dd', existingFormat='MMMM dd, yyyy') }}` -> `2001-07-24`
    `{{ 1704067200 | date('yyyy') }}` -> `2024`
    """
    if value is None:
        return None
    check_locale(locale)
    zone = zone_or(time_zone, env.scope.zone)
    moment = to_moment(value, _existing(existing_format, "date"), zone)
    return format_moment(moment.astimezone(zone), _format(format_, "date"))


def date_add(
    value: Json,
    amount: Json,
    unit: Json,
    format_: Json = "iso",
    time_zone: Json = None,
    existing_format: Json = None,
    locale: Json = None,
    *,
    env: Env,
) -> Json:
    """Add time to a date and write the result.

    amount: how many units, negative to go back
    unit: NANOS, MICROS, MILLIS, SECONDS, MINUTES, HOURS, HALF_DAYS, DAYS, WEEKS, MONTHS, YEARS or DECADES
    format: how to write it, as for `date`
    timeZone: the zone to write it in; the server's when left out
    existingFormat: how a text is written now; ISO when left out
    locale: the language of month and day names; only English is known

    `{{ '2024-01-31' | dateAdd(1, 'MONTHS') }}` -> `2024-02-29T00:00:00.000000Z`
    `{{ '2024-03-01' | dateAdd(-1, 'DAYS', 'yyyy-MM-dd') }}` -> `2024-02-29`
    `{{ '2024-03-01' | dateAdd(-1, 'days') }}` -> error
    """
    if value is None:
        return None
    check_locale(locale)
    if unit not in UNITS:
        name = str(unit)
        hint = f"; did you mean `{name.upper()}`?" if name.upper() in UNITS else did_you_mean(name, UNITS)
        raise ExpressionError(f"'{name}' is not a unit of time; use one of {', '.join(UNITS)}{hint}")
    zone = zone_or(time_zone, env.scope.zone)
    moment = to_moment(value, _existing(existing_format, "dateAdd"), zone)
    later = plus(moment, expect.whole(amount, "dateAdd", "amount"), str(unit))
    return format_moment(later.astimezone(zone), _format(format_, "dateAdd"))


def timestamp(value: Json, existing_format: Json = None, time_zone: Json = None, *, env: Env) -> Json:
    """Return the seconds since 1970.

    existingFormat: how a text is written now; ISO when left out
    timeZone: the zone of a text that names none; the server's when left out

    `{{ '2013-09-08T16:19:12.123456+01:00' | timestamp }}` -> `1378653552`
    """
    micros = _micros(value, existing_format, time_zone, env)
    return None if micros is None else Long(micros // 1_000_000)


def timestamp_milli(value: Json, existing_format: Json = None, time_zone: Json = None, *, env: Env) -> Json:
    """Return the milliseconds since 1970.

    existingFormat: how a text is written now; ISO when left out
    timeZone: the zone of a text that names none; the server's when left out

    `{{ '2013-09-08T16:19:12.123456+01:00' | timestampMilli }}` -> `1378653552123`
    """
    micros = _micros(value, existing_format, time_zone, env)
    return None if micros is None else Long(micros // 1000)


def timestamp_micro(value: Json, existing_format: Json = None, time_zone: Json = None, *, env: Env) -> Json:
    """Return the seconds since 1970 times 10⁹ plus the microseconds, Kestra's own formula.

    existingFormat: how a text is written now; ISO when left out
    timeZone: the zone of a text that names none; the server's when left out

    `{{ '2013-09-08T16:19:12.123456+01:00' | timestampMicro }}` -> `1378653552000123456`
    """
    micros = _micros(value, existing_format, time_zone, env)
    if micros is None:
        return None
    seconds, rest = divmod(micros, 1_000_000)
    return Long(seconds * 1_000_000_000 + rest)


def timestamp_nano(value: Json, existing_format: Json = None, time_zone: Json = None, *, env: Env) -> Json:
    """Return the nanoseconds since 1970; dates are exact to microseconds.

    existingFormat: how a text is written now; ISO when left out
    timeZone: the zone of a text that names none; the server's when left out

    `{{ '2013-09-08T16:19:12.123456+01:00' | timestampNano }}` -> `1378653552123456000`
    """
    micros = _micros(value, existing_format, time_zone, env)
    return None if micros is None else Long(micros * 1000)


def check_locale(locale: Json) -> None:
    """Raise ExpressionError for a language whose names are not known."""
    if locale is not None and not str(locale).lower().startswith("en"):
        raise ExpressionError(f"The locale '{locale}' is not known; only English names can be written")


def _micros(value: Json, existing_format: Json, time_zone: Json, env: Env) -> int | None:
    if value is None:
        return None
    existing = _existing(existing_format, "timestamp")
    return micros_since_epoch(to_moment(value, existing, zone_or(time_zone, env.scope.zone)))


def _existing(format_: Json, name: str) -> str | None:
    return None if format_ is None else expect.text(format_, name)


def _format(format_: Json, name: str) -> str:
    return "iso" if format_ is None else expect.text(format_, name)


FILTERS: Final[dict[str, Callable[..., Json]]] = {
    "date": date,
    "dateAdd": date_add,
    "timestamp": timestamp,
    "timestampMicro": timestamp_micro,
    "timestampMilli": timestamp_milli,
    "timestampNano": timestamp_nano,
}
