"""Values of cells: what databases give becomes what outputs and row files hold."""

from __future__ import annotations

import base64
import math
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import TypeAlias

from engine.model.duration import duration_text
from engine.model.json import Json

Cell: TypeAlias = object
"""A value as a database driver gives it."""


def json_value(value: Cell, zone: tzinfo) -> Json:
    """Return a cell as JSON: dates and times as ISO text, bytes as base64; nested values likewise."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, datetime):
        return moment_text(value.astimezone(zone) if value.tzinfo else value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, dict):
        return {str(key): json_value(item, zone) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [json_value(item, zone) for item in value]
    return str(value)


def row_value(value: Cell, zone: tzinfo) -> Cell:
    """Return a cell for a row file, where dates, decimals and bytes have a form of their own."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if isinstance(value, datetime):
        return value.astimezone(zone) if value.tzinfo else value
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if isinstance(value, dict):
        return {str(key): row_value(item, zone) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [row_value(item, zone) for item in value]
    return duration_text(value) if isinstance(value, timedelta) else str(value)


_AS_THEY_ARE = frozenset({type(None), bool, int, float, str, Decimal, date, time, bytes})


def moment_text(value: datetime) -> str:
    """Write a date with time; `Z` for UTC, no offset where the column has none."""
    return value.isoformat().removesuffix("+00:00") + ("Z" if value.tzinfo and not value.utcoffset() else "")


def _number(value: Decimal) -> Json:
    """Return a number where it keeps every digit, else its text."""
    if not value.is_finite():
        return str(value)
    if value == value.to_integral_value() and value.as_tuple().exponent == 0:
        return int(value)
    number = float(value)
    return number if Decimal(repr(number)) == value else str(value)
