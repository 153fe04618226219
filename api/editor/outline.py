"""What a flow being written declares: inputs, variables, tasks, triggers, also while the YAML is broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.errors import SourceError
from engine.model.json import Json
from engine.source.document import Document, read_document

_SECTIONS = ("tasks", "errors", "finally", "afterExecution", "listeners")
_ID = re.compile(r"^(?P<indent>\s*)(?:-\s+)?id:\s*[\"']?(?P<id>[\w.-]+)", re.MULTILINE)
_TYPE = re.compile(r"\btype:\s*[\"']?(?P<type>[\w.$]+)")


@dataclass(frozen=True, slots=True)
class Declared:
    """One thing with an id. `at` is where it begins in the text."""

    id: str
    type: str
    at: int
    section: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """Everything with a name in a flow."""

    inputs: tuple[Declared, ...] = ()
    tasks: tuple[Declared, ...] = ()
    triggers: tuple[Declared, ...] = ()
    variables: dict[str, Json] = field(default_factory=dict)
    labels: tuple[str, ...] = ()


def outline_of(text: str, offset: int) -> Outline:
    """Read a flow; where it is no YAML, without the line of the cursor, then by its lines alone."""
    document = _document(text, offset)
    if document is None or not isinstance(document.data, dict):
        return _by_lines(text)
    data = document.data
    variables, labels = data.get("variables"), data.get("labels")
    return Outline(
        inputs=tuple(_listed(document, data, "inputs")),
        tasks=tuple(one for section in _SECTIONS for one in _tasks(document, data.get(section), (section,))),
        triggers=tuple(_listed(document, data, "triggers")),
        variables=variables if isinstance(variables, dict) else {},
        labels=tuple(map(str, labels)) if isinstance(labels, dict) else (),
    )


def _document(text: str, offset: int) -> Document | None:
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    blanked = text[:start] + " " * (end - start) + text[end:]
    for attempt in (text, blanked, text[:start]):
        try:
            return read_document(attempt)
        except SourceError:
            continue
    return None


def _listed(document: Document, data: dict[str, Any], section: str) -> Iterator[Declared]:
    found = data.get(section)
    for number, one in enumerate(found if isinstance(found, list) else ()):
        if isinstance(one, dict) and one.get("id") is not None:
            yield _declared(document, one, (section, number))


def _tasks(document: Document, value: Json, path: tuple[str | int, ...]) -> Iterator[Declared]:
    """Find tasks at every depth: maps with an id and a type that has dots."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _tasks(document, item, (*path, number))
    elif isinstance(value, dict):
        if value.get("id") is not None and "." in str(value.get("type", "")):
            yield _declared(document, value, path)
        for key, item in value.items():
            if isinstance(item, dict | list):
                yield from _tasks(document, item, (*path, key))


def _declared(document: Document, one: dict[str, Any], path: tuple[str | int, ...]) -> Declared:
    return Declared(
        id=str(one["id"]),
        type=str(one.get("type", "")),
        at=document.offset(document.value_place(path)),
        section=str(path[0]),
        description=str(one.get("description") or one.get("displayName") or ""),
    )


def _by_lines(text: str) -> Outline:
    """Find ids with the type near them; by its dots the type of a task is told from that of an input."""
    tasks: list[Declared] = []
    inputs: list[Declared] = []
    for match in _ID.finditer(text):
        if not match["indent"] and "-" not in match[0]:
            continue  # the flow's own id
        near = _TYPE.search(text, match.end(), match.end() + 400)
        kind = near["type"] if near else ""
        one = Declared(match["id"], kind, match.start(), "tasks" if "." in kind else "inputs")
        (tasks if "." in kind else inputs).append(one)
    return Outline(inputs=tuple(inputs), tasks=tuple(tasks))
