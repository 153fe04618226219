"""Text of the key-value API, read as Ion would: quoted text, numbers, dates, durations, JSON, bare words."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

import orjson

from engine.errors import FlowError
from engine.model.duration import parse_duration
from engine.model.json import Json

Kind = Literal["STRING", "NUMBER", "BOOLEAN", "DATETIME", "DATE", "DURATION", "JSON"]

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})")
_DURATION = re.compile(r"-?P(?=.)(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?", re.IGNORECASE)


def read_value(text: str) -> tuple[Kind, Json]:
    """Return the type and the value; raises FlowError when the text is broken."""
    text = text.strip()
    if text[:1] in ("{", "[", '"'):
        return _json(text)
    if text in ("true", "false"):
        return "BOOLEAN", text == "true"
    if _NUMBER.fullmatch(text):
        return "NUMBER", orjson.loads(text)
    if _DATETIME.fullmatch(text):
        return "DATETIME", text
    if _DATE.fullmatch(text):
        return "DATE", _checked_date(text)
    if _DURATION.fullmatch(text):
        parse_duration(text)
        return "DURATION", text
    if text == "" or text == "null":
        raise FlowError('The value is empty; send JSON, for example "text", 42 or {"a": 1}')
    return "STRING", text


def _json(text: str) -> tuple[Kind, Json]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FlowError(f"The value is not valid JSON: {error}") from None
    return ("STRING" if isinstance(value, str) else "JSON"), value


def _checked_date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise FlowError(f"'{text}' is not a date: {error}") from None
