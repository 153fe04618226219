"""Types and values between DuckDB and BigQuery's REST interface."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tests.emulators.bigquery_sql import Refused

_TYPES = {
    "boolean": "BOOLEAN",
    "tinyint": "INTEGER",
    "smallint": "INTEGER",
    "integer": "INTEGER",
    "bigint": "INTEGER",
    "hugeint": "INTEGER",
    "utinyint": "INTEGER",
    "usmallint": "INTEGER",
    "uinteger": "INTEGER",
    "ubigint": "INTEGER",
    "float": "FLOAT",
    "double": "FLOAT",
    "decimal": "NUMERIC",
    "varchar": "STRING",
    "blob": "BYTES",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "DATETIME",
    "timestamp with time zone": "TIMESTAMP",
}
_COLUMNS = {
    "BOOL": "BOOLEAN",
    "BOOLEAN": "BOOLEAN",
    "INT64": "BIGINT",
    "INTEGER": "BIGINT",
    "FLOAT": "DOUBLE",
    "FLOAT64": "DOUBLE",
    "NUMERIC": "DECIMAL(38, 9)",
    "STRING": "VARCHAR",
    "BYTES": "BLOB",
    "DATE": "DATE",
    "TIME": "TIME",
    "DATETIME": "TIMESTAMP",
    "TIMESTAMP": "TIMESTAMPTZ",
    "JSON": "JSON",
}


def column_type(field: dict[str, Any]) -> str:
    """Return the DuckDB type of a column as REST describes it."""
    kind = field["type"].upper()
    if kind in ("RECORD", "STRUCT"):
        inner = ", ".join(f'"{item["name"]}" {column_type(item)}' for item in field["fields"])
        found = f"STRUCT({inner})"
    elif kind in _COLUMNS:
        found = _COLUMNS[kind]
    else:
        raise Refused(f"the emulator has no type {kind}", "invalid")
    return f"{found}[]" if field.get("mode") == "REPEATED" else found


def field_of(name: str, kind: Any) -> dict[str, Any]:
    """Return the column of REST for a DuckDB type."""
    if kind.id == "list":
        return {**field_of(name, kind.children[0][1]), "mode": "REPEATED"}
    if kind.id == "struct":
        fields = [field_of(*child) for child in kind.children]
        return {"name": name, "type": "RECORD", "mode": "NULLABLE", "fields": fields}
    found = "JSON" if str(kind) == "JSON" else _TYPES.get(kind.id)
    if found is None:
        raise Refused(f"the emulator cannot give {kind}")
    return {"name": name, "type": found, "mode": "NULLABLE"}


def cell(value: Any, field: dict[str, Any]) -> Any:
    """Return a value as it goes over the wire, below `v`."""
    if field["mode"] == "REPEATED":
        single = {**field, "mode": "NULLABLE"}
        return [{"v": cell(item, single)} for item in value or ()]
    if value is None:
        return None
    kind = field["type"]
    if kind == "RECORD":
        return row([value[inner["name"]] for inner in field["fields"]], field["fields"])
    if kind == "BOOLEAN":
        return "true" if value else "false"
    if kind == "BYTES":
        return base64.b64encode(value).decode()
    if kind == "TIMESTAMP":
        passed = value.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
        return str((passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds)
    if kind in ("DATE", "DATETIME", "TIME"):
        return value.isoformat()
    return str(value)


def row(values: Sequence[Any], fields: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return a row as it goes over the wire."""
    return {"f": [{"v": cell(value, field)} for value, field in zip(values, fields, strict=True)]}
