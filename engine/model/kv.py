"""Values of the key-value store: their kinds, conversion to a kind, and what a key may look like."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from engine.model.duration import duration_text, parse_duration
from engine.model.json import Json, dumps, loads

Kind = Literal["STRING", "NUMBER", "BOOLEAN", "DATETIME", "DATE", "DURATION", "JSON"]
"""The type of an entry, as clients see it."""

_KEY = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*")
_DURATION = re.compile(r"-?P(?=.)(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?", re.IGNORECASE)


def check_key(key: str) -> str:
    """Return the key; raises ValueError when it is none."""
    if not _KEY.fullmatch(key):
        raise ValueError(
            f"'{key}' is not a key; use letters, digits, '.', '_' and '-', beginning with a letter or digit"
        )
    return key


def kind_of(value: object) -> Kind:
    """Return the kind of a value stored as it came; a text of the form `PT5M` is a duration."""
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int | float):
        return "NUMBER"
    if isinstance(value, datetime):
        return "DATETIME"
    if isinstance(value, date):
        return "DATE"
    if isinstance(value, timedelta):
        return "DURATION"
    if isinstance(value, str):
        return "DURATION" if _DURATION.fullmatch(value) else "STRING"
    return "JSON"


def plain(value: object) -> Json:
    """Return a value in the form in which it is stored: dates and durations as text, the rest as JSON."""
    if isinstance(value, datetime):
        return _moment_text(value)
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return loads(dumps(value))


def convert(text: str, kind: Kind) -> Json:
    """Read a text as a kind and return the stored form; raises ValueError naming the value and the form."""
    if kind == "STRING":
        return text
    if kind == "BOOLEAN":
        return text.strip().lower() == "true"
    if kind == "NUMBER":
        return _number(text)
    if kind == "JSON":
        return _json(text)
    if kind == "DURATION":
        parse_duration(text)
        return text.strip()
    moment = _moment(text)
    return _moment_text(moment) if kind == "DATETIME" else moment.date().isoformat()


def _number(text: str) -> int | float:
    try:
        value = loads(text.strip())
    except ValueError:
        value = None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"'{text}' is not a number; write it like 42 or 1.5")
    return value


def _json(text: str) -> Json:
    try:
        return loads(text)
    except ValueError as error:
        raise ValueError(f"'{text[:200]}' is not JSON: {error}") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"'{text}' is not a moment; write it like 2024-01-31T00:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment_text(moment: datetime) -> str:
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
