"""Values of BigQuery's cells: what the client gives becomes what outputs and row files hold."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

from engine.model.json import Json
from engine.plugins.jdbc._cells import json_value

_POINT = re.compile(r"POINT\s*\(\s*(-?[\d.]+(?:[eE][+-]?\d+)?)\s+(-?[\d.]+(?:[eE][+-]?\d+)?)\s*\)")


def row_values(row: Any, schema: Any) -> dict[str, Any]:
    """Return a row by column: dates as dates, NUMERIC as a float, BIGNUMERIC with all its digits."""
    return {field.name: _cell(value, field) for value, field in zip(row.values(), schema, strict=True)}


def json_row(row: Any, schema: Any) -> dict[str, Json]:
    """Return a row by column as JSON: dates and times as ISO text, bytes as base64."""
    found: dict[str, Json] = json_value(row_values(row, schema), UTC)
    return found


def _cell(value: Any, field: Any) -> Any:
    if value is None:
        return None
    if field.mode == "REPEATED":
        return [_single(item, field) for item in value]
    return _single(value, field)


def _single(value: Any, field: Any) -> Any:
    if value is None:
        return None
    kind = field.field_type
    if kind in ("RECORD", "STRUCT"):
        return {inner.name: _cell(value[inner.name], inner) for inner in field.fields}
    if kind == "NUMERIC":
        return float(value)
    if kind == "DATETIME":
        return f"{value.isoformat()}Z"
    if kind == "INTERVAL":
        return interval_text(value)
    if kind == "GEOGRAPHY":
        return _geography(value)
    return value


def _geography(text: str) -> Json:
    """Return a point as longitude and latitude, anything else as its text."""
    match = _POINT.fullmatch(text.strip())
    return [float(match[1]), float(match[2])] if match else text


def interval_text(value: Any) -> str:
    """Write an interval (a `relativedelta`) as BigQuery does: `years-months days hours:minutes:seconds`."""
    months = value.years * 12 + value.months
    micros = (value.hours * 3600 + value.minutes * 60 + value.seconds) * 1_000_000 + value.microseconds
    seconds, fraction = divmod(abs(micros), 1_000_000)
    clock = f"{seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}" + (f".{fraction:06}" if fraction else "")
    year_text = f"{abs(months) // 12}-{abs(months) % 12}"
    return f"{'-' * (months < 0)}{year_text} {value.days} {'-' * (micros < 0)}{clock}"
