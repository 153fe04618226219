"""Avro schemas as authors write them, and what does not fit them."""

from __future__ import annotations

from typing import Any, Final

from engine.errors import TaskFailure
from engine.model.json import loads

TRUE: Final = ("t", "true", "enabled", "1", "on", "yes")
FALSE: Final = ("f", "false", "disabled", "0", "off", "no", "")
NULL: Final = (
    "",
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "-NaN",
    "1.#IND",
    "1.#QNAN",
    "NA",
    "n/a",
    "nan",
    "null",
)


class Misfit(Exception):
    """A value cannot become what the schema says; the message tells field and value."""


def read_schema(text: str) -> dict[str, Any]:
    """Read the schema of a record; raises TaskFailure."""
    try:
        schema = loads(text)
    except ValueError as error:
        raise TaskFailure(f"schema: it is not JSON: {error}") from error
    if not isinstance(schema, dict) or schema.get("type") != "record" or not schema.get("fields"):
        raise TaskFailure(
            "schema: it must be an Avro record with fields, like "
            '{"type": "record", "name": "Row", "fields": […]}'
        )
    return schema
