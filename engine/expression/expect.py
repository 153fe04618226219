"""Checks of what filters and functions are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.errors import ExpressionError
from engine.expression.text import java_text
from engine.expression.value import copied, is_list, is_map, is_number, kind
from engine.model.json import Json


def text(value: Json, name: str) -> str:
    """Return a text; raises ExpressionError that names the filter or function."""
    if isinstance(value, str):
        return value
    raise ExpressionError(f"`{name}` needs a text, not {kind(value)}{_tip(value)}")


def whole(value: Json, name: str, what: str) -> int:
    """Return a whole number; `what` names the argument."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ExpressionError(f"`{name}` needs a whole number as {what}, not {kind(value)}")
    return int(value)


def number(value: Json, name: str) -> Json:
    """Return a number."""
    if is_number(value):
        return value
    tip = "; make a number of the text with `| number`" if isinstance(value, str) else ""
    raise ExpressionError(f"`{name}` needs a number, not {kind(value)}{tip}")


def items(value: Json, name: str) -> Sequence[Json]:
    """Return a list; a copy, so that it may grow elsewhere meanwhile."""
    if is_list(value):
        return list(value)
    raise ExpressionError(f"`{name}` needs a list, not {kind(value)}{_tip(value)}")


def mapping(value: Json, name: str) -> Mapping[Json, Json]:
    """Return a map; a copy, so that it may grow elsewhere meanwhile."""
    if is_map(value):
        return copied(value)
    raise ExpressionError(f"`{name}` needs a map, not {kind(value)}{_tip(value)}")


def any_text(value: Json, name: str) -> str:
    """Return the text of any value but null."""
    if value is None:
        raise ExpressionError(f"`{name}` needs a value, not null; give one with `?? ''`")
    return value if isinstance(value, str) else java_text(value)


def _tip(value: Json) -> str:
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        return "; read JSON with `fromJson(…)`"
    return (
        "" if value is None or isinstance(value, str) else "; write it as text with `| string` or `| toJson`"
    )
