"""Values as they stand in columns: JSON text, moments, and texts every database accepts."""

from __future__ import annotations

from datetime import datetime

from engine.model.json import Json, dumps, loads
from engine.model.moment import from_text, to_text

_GREATEST = 1 << 64
_LEAST = -(1 << 63)


def json_text(value: Json) -> str:
    """Write compact JSON. What JSON text cannot hold is bent, never refused: a row that cannot be written
    would stop the executor. Whole numbers beyond 64 bits become floats, broken characters `?`.
    """
    try:
        return dumps(value).decode()
    except TypeError:
        return dumps(_bent(value)).decode()


def json_or_null(value: Json) -> str | None:
    """Write compact JSON; None is NULL."""
    return None if value is None else json_text(value)


def json_from(text: str | None) -> Json:
    """Read a JSON column; NULL is None."""
    return None if text is None else loads(text)


def moment_or_null(moment: datetime | None) -> str | None:
    """Write a moment; None is NULL."""
    return None if moment is None else to_text(moment)


def moment_from(text: str | None) -> datetime | None:
    """Read a moment; NULL is None."""
    return None if text is None else from_text(text)


def clean(text: str) -> str:
    """Replace what databases refuse in texts: NUL, and halves of surrogate pairs."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _bent(value: Json) -> Json:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if _LEAST <= value < _GREATEST else _as_float(value)
    if isinstance(value, dict):
        return {_bent(key): _bent(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_bent(item) for item in value]
    return value


def _as_float(value: int) -> float | str:
    try:
        return float(value)
    except OverflowError:
        return str(value)
