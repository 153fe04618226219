"""The values a loop runs over: from a list or from JSON text, always as distinct texts."""

from __future__ import annotations

from collections.abc import Iterable

from engine.errors import TaskFailure
from engine.model.json import Json, dumps, loads


def loop_values(values: str | list[Json]) -> list[str]:
    """Return the distinct values in order: texts as they are, everything else as compact JSON.

    A text must be a JSON array. In a list only texts, numbers and maps are values; an array inside a text
    may hold anything but null. Raises TaskFailure.
    """
    if isinstance(values, str):
        elements = _parsed(values)
    else:
        elements = values
        for element in elements:
            _check_element(element)
    nulls = sum(element is None for element in elements)
    if nulls:
        raise TaskFailure(
            f"Found '{nulls}' null values on Each, with values={dumps(elements).decode()}; "
            f"remove them from the list"
        )
    return list(dict.fromkeys(_text(element) for element in _distinct(elements)))


def _parsed(text: str) -> list[Json]:
    try:
        elements = loads(text)
    except ValueError:
        elements = None
    if not isinstance(elements, list):
        shown = text if len(text) <= 200 else f"{text[:200]}…"
        raise TaskFailure(
            f"'{shown}' is not a list of values; write a YAML list, or text that renders to a JSON array "
            f'like ["a", "b"]'
        )
    return elements


def _check_element(element: Json) -> None:
    if isinstance(element, bool) or not (element is None or isinstance(element, str | int | float | dict)):
        kind = "boolean" if isinstance(element, bool) else type(element).__name__
        raise TaskFailure(
            f"Unknown value element type: {kind} ({dumps(element).decode()}); use texts, numbers or maps, "
            f"or write the whole list as JSON text"
        )


def _distinct(elements: Iterable[Json]) -> Iterable[Json]:
    """Drop repeated values; `1` and `"1"` share one text and so one place in the outputs."""
    seen: set[bytes] = set()
    for element in elements:
        key = dumps(element)
        if key not in seen:
            seen.add(key)
            yield element


def _text(element: Json) -> str:
    return element if isinstance(element, str) else dumps(element).decode()
