"""Turns what pydantic refuses about plugin properties into sentences for the flow's author."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.model.json import Json
from engine.model.near import nearest
from engine.source.document import Path
from engine.validation.raw import kind_of, listed, shown, spaced, with_article

_NOUNS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "decimal_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "iterable_type": "a list",
    "dict_type": "a map",
    "mapping_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
    "dataclass_type": "a task",
    "date_type": "a date like 2024-01-31",
    "date_parsing": "a date like 2024-01-31",
    "date_from_datetime_parsing": "a date like 2024-01-31",
    "time_parsing": "a time like 09:30:00",
    "datetime_type": "a date with time like 2024-01-31T09:30:00Z",
    "datetime_parsing": "a date with time like 2024-01-31T09:30:00Z",
    "datetime_from_date_parsing": "a date with time like 2024-01-31T09:30:00Z",
    "url_parsing": "an address like https://example.com",
    "uuid_parsing": "a UUID",
}
_BOUNDS = {
    "greater_than": ("is too small", "use more than {gt}"),
    "greater_than_equal": ("is too small", "use {ge} or more"),
    "less_than": ("is too large", "use less than {lt}"),
    "less_than_equal": ("is too large", "use {le} or less"),
    "multiple_of": ("does not fit", "use a multiple of {multiple_of}"),
    "string_too_short": ("is too short", "write at least {min_length} characters"),
    "string_too_long": ("is too long", "write at most {max_length} characters"),
    "string_pattern_mismatch": ("does not have the right form", "it must match `{pattern}`"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One refused value; `path` is relative to the plugin's map."""

    code: str
    path: Path
    message: str
    suggestion: str | None = None
    replacement: str | None = None
    """A value that fits and is near."""


def problems(
    errors: Sequence[Mapping[str, Any]], values: Mapping[str, Json], static: frozenset[str]
) -> list[Problem]:
    """Return one problem for each place; a template stands for any value, but not in `static` properties.

    Alternatives of a union are told together; where one of them got deeper into the value, it is the one
    that was meant and the others are left out.
    """
    groups: dict[Path, list[Mapping[str, Any]]] = {}
    for error in errors:
        groups.setdefault(_locate(error, values), []).append(error)
    literal = {(name,) for name in static}
    return [
        _problem(path, group)
        for path, group in groups.items()
        if not any(len(other) > len(path) and other[: len(path)] == path for other in groups)
        and not (any(_templated(error) for error in group) and path[:1] not in literal)
    ]


def _templated(error: Mapping[str, Any]) -> bool:
    value = error["input"]
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def _locate(error: Mapping[str, Any], values: Json) -> Path:
    """Return the path without the names of union members and validators that pydantic puts into it."""
    path: list[str | int] = []
    loc = error["loc"]
    at: Json = values
    for number, step in enumerate(loc):
        inside = step in at if isinstance(at, Mapping) else isinstance(step, int) and step < _length(at)
        if inside:
            at = at[step]
            path.append(step)
        elif number == len(loc) - 1 and error["type"] == "missing":
            path.append(step)
    return tuple(path)


def _length(value: Json) -> int:
    return len(value) if isinstance(value, list) else 0


def _problem(path: Path, group: Sequence[Mapping[str, Any]]) -> Problem:
    kinds = {error["type"]: error for error in group}
    if "missing" in kinds:
        return Problem("missing-property", path[:-1], f"the property '{path[-1]}' is required")
    if "extra_forbidden" in kinds and len(kinds) == 1:
        return Problem("unknown-property", path, f"there is no property '{path[-1]}' here")
    value = group[0]["input"]
    words = [error for error in group if error["type"] in ("enum", "literal_error")]
    if words and isinstance(value, str | int | float | bool):
        return _word(path, value, words)
    told = [error for error in group if error["type"] in ("value_error", "assertion_error")]
    if told:
        return _told(path, told[0]["msg"])
    nouns = list(dict.fromkeys(_NOUNS[error["type"]] for error in group if error["type"] in _NOUNS))
    if nouns:
        return Problem("wrong-value", path, _mismatch(value, nouns))
    return _single(path, group[0])


def _word(path: Path, value: Json, errors: Sequence[Mapping[str, Any]]) -> Problem:
    choices: list[str] = []
    for error in errors:
        choices += re.findall(r"'([^']*)'", str(error["ctx"]["expected"]))
    name = next((spaced(step) for step in reversed(path) if isinstance(step, str)), "value")
    message = f"{shown(value)} is not {with_article(name)}"
    if not choices:
        return Problem("wrong-value", path, message)
    return Problem("wrong-value", path, message, f"use {listed(choices)}", nearest(str(value), choices))


def _told(path: Path, text: str) -> Problem:
    text = text.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    message, _, suggestion = text.partition("; ")
    code = "unknown-type" if message.startswith("unknown type ") else "wrong-value"
    return Problem(code, path, message, suggestion or None)


def _mismatch(value: Json, nouns: Sequence[str]) -> str:
    if value is None or isinstance(value, list | dict):
        return f"expected {listed(nouns)} but found {kind_of(value)}"
    return f"{shown(value)} is not {listed(nouns)}"


def _single(path: Path, error: Mapping[str, Any]) -> Problem:
    context = error.get("ctx", {})
    kind = error["type"]
    if kind in _BOUNDS:
        what, fix = _BOUNDS[kind]
        return Problem("wrong-value", path, f"{shown(error['input'])} {what}", fix.format(**context))
    if kind in ("too_short", "too_long"):
        least, most = context.get("min_length"), context.get("max_length")
        bound = f"at least {least}" if kind == "too_short" else f"at most {most}"
        number = least if kind == "too_short" else most
        what = "item" if isinstance(error["input"], list) else "entry"
        plural = what if number == 1 else {"item": "items", "entry": "entries"}[what]
        return Problem("wrong-value", path, f"must hold {bound} {plural}")
    return Problem("wrong-value", path, f"{shown(str(error['input']))}: {_lower(str(error['msg']))}")


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
