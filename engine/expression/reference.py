"""The reference of the expression language: every filter, function, test, tag and operator, as data.

Read from the docstrings where each is defined: first the summary, then lines `argument: meaning`, then
examples, written as template, arrow, result. In examples `⏎` stands for a line end, and a result `error`
for a template that fails.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from engine.expression.entry import Entry
from engine.expression.library import FILTERS, FUNCTIONS, TESTS
from engine.expression.operator import OPERATORS, SIGNS
from engine.expression.precedence import BINARY, FILTER, TEST, UNARY
from engine.expression.special import FUNCTIONS_OF_TEMPLATE, SYNTAX, TAGS_OF_SCANNER
from engine.expression.tag import TAGS
from engine.expression.text import json_text
from engine.model.json import Json

Kind = Literal["filter", "function", "test", "tag", "operator"]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a filter or function; `default` is written as in a template, None when required."""

    name: str
    required: bool
    default: str | None
    summary: str


@dataclass(frozen=True, slots=True)
class Example:
    """A template and what it prints; `result` is None when it fails."""

    template: str
    result: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of the language. `precedence` is of operators only; a higher one binds tighter."""

    name: str
    kind: Kind
    summary: str
    details: str
    arguments: tuple[Argument, ...]
    examples: tuple[Example, ...]
    precedence: int | None = None

    @property
    def signature(self) -> str:
        """How it is written, like `date(format="iso", timeZone=null)`."""
        if self.kind not in ("filter", "function", "test") or (
            self.kind != "function" and not self.arguments
        ):
            return self.name
        given = [one.name if one.required else f"{one.name}={one.default}" for one in self.arguments]
        return f"{self.name}({', '.join(given)})"


@lru_cache(maxsize=1)
def items() -> tuple[Item, ...]:
    """Return everything, by kind and name."""
    return tuple(sorted(_all(), key=lambda item: (_KINDS.index(item.kind), item.name.lower(), item.name)))


def find(name: str, kind: Kind | None = None) -> tuple[Item, ...]:
    """Return what has this name, of one kind or of any."""
    return tuple(item for item in items() if item.name == name and kind in (None, item.kind))


_KINDS: tuple[Kind, ...] = ("filter", "function", "test", "tag", "operator")
_ARGUMENT = re.compile(r"(\w+): (.+)")
_EXAMPLE = re.compile(r"`(.*)` -> (?:`(.*)`|error)$")


def _all() -> Iterator[Item]:
    for table in (FILTERS, FUNCTIONS, TESTS):
        for entry in table.values():
            yield _item(entry.name, entry.kind, entry.function, entry)
    for name, function in FUNCTIONS_OF_TEMPLATE.items():
        yield _item(name, "function", function)
    for name, read in {**TAGS, **TAGS_OF_SCANNER}.items():
        yield _item(name, "tag", read)
    for name, compute in {**OPERATORS, **SYNTAX}.items():
        yield _item(name, "operator", compute, precedence=_precedence(name))
    for name, sign in SIGNS.items():
        yield _item(f"{name} (sign)", "operator", sign, precedence=UNARY[name])


def _precedence(name: str) -> int:
    known = {**BINARY, "is": TEST, "is not": TEST, "|": FILTER, "not": UNARY["not"], "? :": 0}
    return known[name]


def _item(
    name: str,
    kind: Kind,
    function: Callable[..., Json],
    entry: Entry | None = None,
    precedence: int | None = None,
) -> Item:
    paragraphs: list[list[str]] = [[]]
    meanings: dict[str, str] = {}
    examples: list[Example] = []
    for line in (inspect.getdoc(function) or "").splitlines():
        example, argument = _EXAMPLE.fullmatch(line), _ARGUMENT.fullmatch(line)
        if example is not None:
            examples.append(_example(example))
        elif argument is not None:
            meanings[argument[1]] = argument[2]
        elif line:
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    summary, *details = [" ".join(paragraph) for paragraph in paragraphs if paragraph]
    return Item(
        name=name,
        kind=kind,
        summary=summary,
        details="\n\n".join(details),
        arguments=_arguments(entry, meanings),
        examples=tuple(examples),
        precedence=precedence,
    )


def _example(match: re.Match[str]) -> Example:
    result = None if match[2] is None else match[2].replace("⏎", "\n")
    return Example(match[1].replace("⏎", "\n"), result)


def _arguments(entry: Entry | None, meanings: dict[str, str]) -> tuple[Argument, ...]:
    if entry is None or entry.variadic:
        return tuple(Argument(name, True, None, meaning) for name, meaning in meanings.items())
    return tuple(
        Argument(
            parameter.name,
            parameter.required,
            None if parameter.required else json_text(parameter.default),
            meanings.get(parameter.name, ""),
        )
        for parameter in entry.parameters
    )
