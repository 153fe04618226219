"""Conditions of searches: one on one field, or groups of them joined by and, or."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.model.json import Json


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one field; `key` for map-valued fields."""

    field: str
    operator: str
    value: str
    key: str | None = None

    def holds(self, actual: Json) -> bool:
        """Tell whether a value fits; absent values fit only the negations."""
        if isinstance(actual, Mapping):
            wanted = [self.key] if self.key else []
            return any(self.holds(actual.get(key)) for key in wanted)
        if self.field == "q" and self.operator == "EQUALS":
            return self.value.lower() in str(actual or "").lower()
        return OPERATORS[self.operator]("" if actual is None else str(actual), self.value)

    @property
    def values(self) -> list[str]:
        """The values of a list, joined by commas."""
        return [part.strip() for part in self.value.split(",") if part.strip()]


def listed(text: str) -> list[str]:
    """Return the values of a list, joined by commas."""
    return [part.strip() for part in text.split(",")]


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "EQUALS": lambda actual, value: actual == value,
    "NOT_EQUALS": lambda actual, value: actual != value,
    "GREATER_THAN": lambda actual, value: actual > value,
    "LESS_THAN": lambda actual, value: actual < value,
    "GREATER_THAN_OR_EQUAL_TO": lambda actual, value: actual >= value,
    "LESS_THAN_OR_EQUAL_TO": lambda actual, value: actual <= value,
    "IN": lambda actual, value: actual in listed(value),
    "NOT_IN": lambda actual, value: actual not in listed(value),
    "STARTS_WITH": lambda actual, value: actual.startswith(value),
    "ENDS_WITH": lambda actual, value: actual.endswith(value),
    "CONTAINS": lambda actual, value: value.lower() in actual.lower(),
    "NOT_CONTAINS": lambda actual, value: value.lower() not in actual.lower(),
    "REGEX": lambda actual, value: re.search(value, actual) is not None,
    "PREFIX": lambda actual, value: actual == value or actual.startswith(f"{value}."),
    "IS_NULL": lambda actual, value: actual == "",
    "IS_NOT_NULL": lambda actual, value: actual != "",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all (`and`) or at least one (`or`) must hold."""

    joint: Literal["and", "or"]
    parts: tuple[Condition | Group, ...]

    def holds(self, field: Callable[[str], Json]) -> bool:
        """Tell whether it holds for a thing whose fields `field` returns."""
        found = (
            part.holds(field) if isinstance(part, Group) else part.holds(field(part.field))
            for part in self.parts
        )
        return all(found) if self.joint == "and" else any(found)


_GROUPED = re.compile(r"filters(?P<path>(?:\[(?:and|or)\]\[\d{1,4}\])+)(?P<rest>\[.*)")
_STEP = re.compile(r"\[(and|or)\]\[(\d+)\]")

_Path = Sequence[tuple[str, str]]
_Entry = tuple[_Path, Condition]


def is_grouped(name: str) -> bool:
    """Tell whether a parameter is a filter inside a group, like `filters[or][0][flowId][EQUALS]`."""
    return _GROUPED.fullmatch(name) is not None


def read_groups(
    parameters: Iterable[tuple[str, str]], read: Callable[[str, str], Condition]
) -> tuple[Group, ...]:
    """Put the filters of groups together; `read` reads one as if it stood alone."""
    entries: list[_Entry] = []
    for name, value in parameters:
        match = _GROUPED.fullmatch(name)
        if match is not None:
            steps = [(joint, number) for joint, number in _STEP.findall(match["path"])]
            entries.append((steps, read(f"filters{match['rest']}", value)))
    return tuple(_grouped(entries))


def _grouped(entries: Sequence[_Entry]) -> list[Group]:
    joints: dict[str, dict[str, list[_Entry]]] = {}
    for path, condition in entries:
        joint, number = path[0]
        joints.setdefault(joint, {}).setdefault(number, []).append((path[1:], condition))
    return [
        Group("or" if joint == "or" else "and", tuple(_part(inside) for inside in children.values()))
        for joint, children in joints.items()
    ]


def _part(entries: Sequence[_Entry]) -> Condition | Group:
    parts: list[Condition | Group] = [condition for path, condition in entries if not path]
    parts += _grouped([entry for entry in entries if entry[0]])
    return parts[0] if len(parts) == 1 else Group("and", tuple(parts))
