"""The type of a property in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any, Literal, get_args

from pydantic import BaseModel, WithJsonSchema

from engine.model.flow import TaskSpec
from engine.plugin.base import Alternative, Plugin, alternatives

_SCALARS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "boolean",
    timedelta: "duration",
    datetime: "date with time",
    date: "date",
    time: "time of day",
    bytes: "text",
    TaskSpec: "task",
    Any: "any value",
    object: "any value",
}
_LISTS = (list, tuple, set, frozenset, Sequence)


def type_words(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """Write a type like `text or list of texts`, `one of A, B`, `duration`, `task runner`."""
    found = [
        _words(choice, (*metadata, *choice.marks))
        for choice in alternatives(annotation)
        if choice.kind is not type(None)
    ]
    return " or ".join(dict.fromkeys(found)) or "any value"


def kind_words(plugin: type[Plugin]) -> str:
    """Write a class name in words: `TaskRunner` is `task runner`."""
    name = plugin.__name__
    return "".join(
        f" {letter.lower()}" if letter.isupper() and number else letter.lower()
        for number, letter in enumerate(name)
    )


def choices(annotation: Any) -> tuple[str, ...]:
    """Return the words a property may hold, empty when they are not fixed."""
    found: list[str] = []
    for choice in alternatives(annotation):
        if choice.kind is Literal:
            found += [str(value) for value in get_args(choice.annotation)]
        elif isinstance(choice.kind, type) and issubclass(choice.kind, Enum):
            found += [str(member.value) for member in choice.kind]
    return tuple(found)


def _words(choice: Alternative, metadata: Sequence[Any]) -> str:
    kind, arguments = choice.kind, get_args(choice.annotation)
    fixed = choices(choice.annotation)
    if fixed:
        return f"one of {', '.join(fixed)}"
    if kind is int and any(_is_size(mark) for mark in metadata):
        return "size in bytes, also like 10MB"
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind in _LISTS:
        return f"list of {plural(type_words(arguments[0]))}" if arguments else "list"
    if kind in (dict, Mapping):
        return f"map of {plural(type_words(arguments[1]))}" if len(arguments) == 2 else "map"
    if isinstance(kind, type) and issubclass(kind, Plugin):
        return kind_words(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "map"
    return "any value"


def _is_size(mark: Any) -> bool:
    return isinstance(mark, WithJsonSchema) and "10MB" in (mark.json_schema or {}).get("examples", ())


def plural(words: str) -> str:
    """Write the plural: `texts`, `lists of texts`, `texts or lists`."""
    return " or ".join(_plural(word) for word in words.split(" or "))


def _plural(words: str) -> str:
    if words.startswith("one of "):
        return f"texts, each {words}"
    if words == "any value":
        return "any values"
    head, of, rest = words.partition(" of ")
    return f"{head}s{of}{rest}"
