"""Types of plugin properties: how text from YAML or from an expression becomes a value."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from engine.model.duration import duration_text, parse_duration


class _Marker:
    """A mark in an annotation; compared by identity."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


STATIC: Final = _Marker("STATIC")
"""`Annotated[T, STATIC]`: the property is taken as written, never rendered."""

TYPED: Final = _Marker("TYPED")
"""`Annotated[T, TYPED]`: a value that is one single expression keeps the type of its result."""


class Part(BaseModel):
    """A map among the properties that is no plugin itself; the text under a field is its documentation."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        coerce_numbers_to_str=True,
    )


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return value


def _as_size(value: object) -> object:
    if isinstance(value, str):
        match = re.fullmatch(r"\s*(\d+)\s*([KMGT]?)I?B?\s*", value.upper())
        if match is None:
            raise ValueError(f"'{value}' is not a size; write it like 10MB or as a number of bytes")
        return int(match[1]) * 1024 ** " KMGT".index(match[2] or " ")
    return value


Text = Annotated[str, BeforeValidator(_as_text)]
"""Text; numbers and booleans from YAML become their text."""

StringMap = dict[str, Text]
"""Text keys to text values."""

Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(duration_text),
    WithJsonSchema({"type": "string", "format": "duration", "examples": ["PT30S"]}),
]
"""A length of time: ISO-8601 (`PT30S`, `P1D`) or a number of seconds."""

Size = Annotated[
    int, BeforeValidator(_as_size), WithJsonSchema({"type": ["integer", "string"], "examples": ["10MB"]})
]
"""A number of bytes, also as `10MB` (1 MB is 1024 · 1024 bytes)."""

Anything = Any
"""Any JSON value; texts inside are rendered."""
