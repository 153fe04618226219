"""From Avro schemas to the types of DuckDB, and values as it reads them from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

import orjson

from engine.errors import TaskFailure
from engine.plugins.serdes.parquet._duckdb import name

_BASE: Final = {
    "null": "INTEGER",
    "boolean": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "bytes": "BLOB",
    "fixed": "BLOB",
    "string": "VARCHAR",
    "enum": "VARCHAR",
}
_LOGICAL: Final = {
    "uuid": "UUID",
    "date": "DATE",
    "time-millis": "TIME",
    "time-micros": "TIME",
    "timestamp-millis": "TIMESTAMPTZ",
    "timestamp-micros": "TIMESTAMPTZ",
    "local-timestamp-millis": "TIMESTAMP",
    "local-timestamp-micros": "TIMESTAMP",
}


def columns_of(schema: Mapping[str, Any], binary: str = "BLOB") -> dict[str, str]:
    """Return the type of every column of a record, with `binary` as the type of bytes.

    Raises TaskFailure for what a table cannot hold.
    """
    return {one["name"]: _sql_type(one["type"], binary) for one in schema["fields"]}


def _sql_type(schema: Any, binary: str) -> str:
    if isinstance(schema, list):
        kinds = [one for one in schema if one != "null"]
        if len(kinds) > 1:
            raise TaskFailure(f"schema: a column cannot be any of {kinds}; use null and one type")
        return _sql_type(kinds[0] if kinds else "null", binary)
    if isinstance(schema, str):
        schema = {"type": schema}
    kind = schema.get("type")
    if isinstance(kind, dict | list):
        return _sql_type(kind, binary)
    if schema.get("logicalType") == "decimal":
        return f"DECIMAL({int(schema.get('precision', 38))},{int(schema.get('scale', 0))})"
    if kind == "array":
        return f"{_sql_type(schema['items'], binary)}[]"
    if kind == "map":
        return f"MAP(VARCHAR, {_sql_type(schema['values'], binary)})"
    if kind == "record":
        fields = (f"{name(key)} {inner}" for key, inner in columns_of(schema, binary).items())
        return f"STRUCT({', '.join(fields)})"
    found = _LOGICAL.get(str(schema.get("logicalType"))) or _BASE.get(str(kind))
    if found == "BLOB":
        return binary
    if found is None:
        raise TaskFailure(f"schema: '{kind}' is not a type that Parquet can hold")
    return found


def line_of(row: Mapping[str, Any]) -> bytes:
    """Write a row as one line of JSON in which nothing is lost: decimals and dates are texts."""
    return orjson.dumps(row, default=_text, option=orjson.OPT_PASSTHROUGH_DATETIME) + b"\n"


def _text(value: object) -> object:
    if isinstance(value, bytes):
        return "".join(f"\\x{byte:02X}" for byte in value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
