"""Reads the values of one YAML map, each with a sentence when it does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from engine.model.duration import parse_duration
from engine.model.finding import Severity
from engine.model.json import Json
from engine.model.near import did_you_mean, nearest
from engine.source.document import Path
from engine.validation.report import Report


def is_template(value: object) -> bool:
    """Tell whether a value is a text with an expression or a tag in it."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def kind_of(value: Json) -> str:
    """Name the kind of a JSON value for a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return "a text" if isinstance(value, str) else "a list" if isinstance(value, list) else "a map"


def scalar_text(value: Json) -> str:
    """Write a scalar as text, booleans in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def shown(value: Json) -> str:
    """Quote a value for a sentence, shortened."""
    text = scalar_text(value)
    return f"'{text}'" if len(text) <= 60 else f"'{text[:57]}…'"


def listed(words: Iterable[str]) -> str:
    """Write `A, B or C`."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def with_article(noun: str) -> str:
    """Write `a level` or `an item type`."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def spaced(name: str) -> str:
    """Write `restartBehavior` as `restart behavior`."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


class Raw:
    """A map being read; every name asked for counts as known."""

    def __init__(self, data: dict[str, Json], path: Path, report: Report) -> None:
        self.data = data
        self.path = path
        self.report = report
        self.known: list[str] = []

    def get(self, name: str) -> Json:
        """Return the value, None when absent."""
        self.known.append(name)
        return self.data.get(name)

    def at(self, name: str) -> Path:
        """Return the path of a member."""
        return (*self.path, name)

    def wrong(self, name: str, message: str, suggestion: str | None = None) -> None:
        """Report a value that does not fit."""
        self.report.error("wrong-value", message, self.at(name), suggestion)

    def missing(self, name: str, hint: str | None = None) -> None:
        """Report a missing property."""
        self.report.error("missing-property", f"the property '{name}' is required", self.path, hint)

    def text(self, name: str, *, required: bool = False, limit: int | None = None) -> str | None:
        """Read a text; numbers and booleans become their text."""
        value = self.get(name)
        if value is None:
            if required:
                self.missing(name)
            return None
        if isinstance(value, list | dict):
            self.wrong(name, f"expected a text but found {kind_of(value)}")
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = self.report.written(self.at(name)) or value
        text = scalar_text(value)
        if limit is not None and len(text) > limit:
            self.wrong(name, f"is {len(text)} characters long; the limit is {limit}", "shorten it")
        return text

    def flag(self, name: str, default: bool = False) -> bool:
        """Read a literal boolean."""
        value = self.get(name)
        if value is None:
            return default
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            hint = "use `runIf` for a condition" if name == "disabled" and is_template(value) else None
            self.wrong(name, f"{shown(value)} is not true or false", hint or "write true or false")
            return default
        return value

    def integer(self, name: str, *, least: int | None = None, required: bool = False) -> int | None:
        """Read a whole number."""
        value = self.get(name)
        if value is None:
            if required:
                self.missing(name)
            return None
        if isinstance(value, str) and value.strip().lstrip("-").isdecimal() and len(value) < 20:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.wrong(name, f"{shown(value)} is not a whole number")
            return None
        if least is not None and value < least:
            self.wrong(name, f"{value} is too small", f"use {least} or more")
            return None
        return value

    def duration(self, name: str, *, required: bool = False) -> timedelta | None:
        """Read a literal duration."""
        value = self.get(name)
        if value is None:
            if required:
                self.missing(name, "write it like PT30S")
            return None
        try:
            return parse_duration(value)
        except ValueError as error:
            message, _, fix = str(error).partition("; ")
            self.wrong(name, message, fix or None)
            return None

    def choice(self, name: str, choices: Sequence[str], *, required: bool = False) -> Json:
        """Read one of some words, None when absent or another; a near one is offered as the fix."""
        value = self.get(name)
        if value is None:
            if required:
                self.missing(name, f"use {listed(choices)}")
            return None
        if value in choices:
            return value
        near = nearest(str(value), choices) if isinstance(value, str) else None
        self.report.add(
            "wrong-value",
            f"{shown(value)} is not {with_article(spaced(name))}",
            self.at(name),
            suggestion=f"use {listed(choices)}",
            fix=self.report.replace_value(self.at(name), near) if near else None,
        )
        return None

    def items(self, name: str) -> list[Json]:
        """Read a list; empty when absent or of another kind."""
        value = self.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(name, f"expected a list but found {kind_of(value)}", "begin each item with `- `")
            return []
        return value

    def texts(self, name: str) -> list[str]:
        """Read a list of texts."""
        found = []
        for number, item in enumerate(self.items(name)):
            if isinstance(item, list | dict) or item is None:
                self.report.error(
                    "wrong-value", f"expected a text but found {kind_of(item)}", (*self.at(name), number)
                )
            else:
                found.append(scalar_text(item))
        return found

    def mapping(self, name: str) -> dict[str, Json]:
        """Read a map; empty when absent or of another kind."""
        value = self.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.wrong(
                name, f"expected a map but found {kind_of(value)}", "write `key: value` lines below it"
            )
            return {}
        return value

    def below(self, name: str) -> Raw | None:
        """Read a map as one with known properties; None when absent or of another kind."""
        if self.data.get(name) is None or not isinstance(self.data.get(name), dict):
            self.mapping(name)
            return None
        return Raw(self.mapping(name), self.at(name), self.report)

    def renamed(self, old: str, new: str) -> None:
        """Accept the old spelling of a property, with a warning."""
        if old not in self.data:
            return
        if new in self.data:
            self.report.error(
                "duplicate-property", f"'{old}' is the old name of '{new}', and both are given", self.at(old)
            )
            self.known.append(old)
            return
        self.report.add(
            "deprecated",
            f"'{old}' is the old name of '{new}'",
            self.at(old),
            severity=Severity.WARNING,
            suggestion=f"write {new}",
            fix=self.report.rename_key(self.at(old), new),
        )
        self.data = {(new if key == old else key): value for key, value in self.data.items()}

    def ignored(self, *names: str) -> None:
        """Accept properties without meaning here."""
        self.known.extend(names)

    def finish(self, *more: str) -> None:
        """Report every property nobody asked for."""
        for name in self.data:
            if name not in self.known:
                unknown_property(self.report, self.at(name), [*self.known, *more])


def unknown_property(report: Report, path: Path, names: Iterable[str], *, owner: str = "") -> None:
    """Report a property that does not exist, with the nearest one that does."""
    name = str(path[-1])
    near = nearest(name, names)
    report.add(
        "unknown-property",
        f"there is no property '{name}'" + (f" in {owner}" if owner else " here"),
        path,
        suggestion=did_you_mean(near),
        fix=report.rename_key(path, near) if near else None,
    )
