"""JSON values and their text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeAlias

import orjson

Json: TypeAlias = Any
"""None, bool, int, float, str, list or dict with text keys — nested."""


def _plain(value: object) -> Json:
    """Turn what is not JSON into JSON: dates are handled by orjson, decimals stay exact."""
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    return str(value)


def dumps(value: Json) -> bytes:
    """Write compact JSON; dates as ISO text with `Z`, keys as text."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)


def loads(data: bytes | str) -> Json:
    """Read JSON."""
    return orjson.loads(data)


def without_nulls(value: Json) -> Json:
    """Drop map entries whose value is null, at every depth; lists keep theirs."""
    if isinstance(value, dict):
        return {str(key): without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [without_nulls(item) for item in value]
    return value
