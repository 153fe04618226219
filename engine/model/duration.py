"""Durations: ISO-8601 as Java reads them, or a bare number of seconds."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

_ISO = re.compile(
    r"(?P<sign>[-+])?P(?:(?P<days>[-+]?\d+)D)?"
    r"(?P<time>T(?:(?P<hours>[-+]?\d+)H)?(?:(?P<minutes>[-+]?\d+)M)?(?:(?P<seconds>[-+]?\d+(?:[.,]\d{0,9})?)S)?)?",
    re.IGNORECASE,
)
_SECONDS = re.compile(r"\d+(?:\.\d+)?")


def parse_duration(value: object) -> timedelta:
    """Read `PT1H30M`, `P1D`, `30`, `"12.5"`; months, years and weeks are not durations.

    Raises ValueError with a message that names the value and shows the form.
    """
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    problem = ValueError(f"'{value}' is not a duration; write it like PT30S, PT1H30M or P1D, or as seconds")
    if isinstance(value, bool):
        raise problem
    try:
        if _SECONDS.fullmatch(text):
            return _micros(text)
        match = _ISO.fullmatch(text)
        if match is None or text[-1] in "PTpt":
            raise problem
        days, hours, minutes = (int(match[name] or 0) for name in ("days", "hours", "minutes"))
        total = timedelta(days, hours=hours, minutes=minutes) + _micros(match["seconds"] or "0")
        return -total if match["sign"] == "-" else total
    except ArithmeticError:
        raise problem from None


def _micros(seconds: str) -> timedelta:
    """Read seconds exactly: a float would lose the fraction of long durations."""
    return timedelta(microseconds=round(Decimal(seconds.replace(",", ".")) * 1_000_000))


def duration_text(duration: timedelta) -> str:
    """Write `PT1H30M2.5S`; days are hours, as Java's Duration prints them."""
    micros = duration // timedelta(microseconds=1)
    if micros == 0:
        return "PT0S"
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    hours, micros = divmod(micros, 3_600_000_000)
    minutes, micros = divmod(micros, 60_000_000)
    text = "PT"
    if hours:
        text += f"{sign}{hours}H"
    if minutes:
        text += f"{sign}{minutes}M"
    if micros:
        whole, fraction = divmod(micros, 1_000_000)
        text += f"{sign}{whole}" + (f".{fraction:06d}".rstrip("0") if fraction else "") + "S"
    return text
