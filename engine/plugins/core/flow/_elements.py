"""The elements a `Loop` runs over: of a list, a map, JSON text or a stored file, always as texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import ExpressionError, TaskFailure
from engine.expression.ion import read_ion
from engine.model.json import Json, dumps, loads
from engine.model.uri import SCHEME

if TYPE_CHECKING:
    from engine.plugin import RunContext


@dataclass(frozen=True, slots=True)
class Elements:
    """The texts in order and, if they come from a map, their keys."""

    values: tuple[str, ...]
    keys: tuple[str, ...] = ()


def is_file(values: object) -> bool:
    """Tell whether the values are the address of a stored file."""
    return isinstance(values, str) and values.strip().startswith(SCHEME)


def elements_of(ctx: RunContext, values: str | list[Json] | Mapping[str, Json]) -> Elements:
    """Return the elements; repeated ones stay. Raises TaskFailure for nulls and for what is no list."""
    if isinstance(values, str) and is_file(values):
        lines = ctx.read_text(values.strip()).splitlines()
        return Elements(tuple(_line(line) for line in lines if line.strip()))
    found = _parsed(values) if isinstance(values, str) else values
    if isinstance(found, Mapping):
        return Elements(tuple(_texts(list(found.values()))), tuple(str(key) for key in found))
    return Elements(tuple(_texts(found)))


def _parsed(text: str) -> list[Json] | dict[str, Json]:
    try:
        found = loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list | dict):
        shown = text if len(text) <= 200 else f"{text[:200]}…"
        raise TaskFailure(
            f"'{shown}' is nothing to loop over; write a YAML list or map, text that renders to a JSON array "
            f'like ["a", "b"], or the address of a stored file'
        )
    return found


def _texts(elements: list[Json]) -> list[str]:
    nulls = sum(element is None for element in elements)
    if nulls:
        raise TaskFailure(f"The values hold {nulls} null(s): {dumps(elements).decode()}; remove them")
    return [element if isinstance(element, str) else dumps(element).decode() for element in elements]


def _line(line: str) -> str:
    """Return a line of a file: rows written as Ion become JSON text, everything else stays as it is."""
    if line.lstrip()[:1] not in '{["':
        return line
    try:
        found = read_ion(line)
    except ExpressionError:
        return line
    return _texts(found)[0] if len(found) == 1 and found[0] is not None else line
