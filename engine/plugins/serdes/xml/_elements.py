"""XML elements as maps, lists and texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from engine.errors import TaskFailure
from engine.model.json import Json

CONTENT: Final = "content"
"""Key of the text of an element that has attributes or children too."""

_DEEPEST: Final = 500
_INTEGER: Final = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_FRACTION: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)(?:[eE][+-]?\d+)?")
_CONSTANTS: Final[Mapping[str, Json]] = {"true": True, "false": False, "null": None}


def values_at(
    blocks: Iterable[bytes], path: Sequence[str], *, lists: frozenset[str], encoding: str | None, source: str
) -> Iterator[Json]:
    """Yield the values of the elements at a path, the root's name first, as soon as each has ended.

    Children of one name become a list, those named in `lists` always. An empty path means the root itself.
    Raises TaskFailure for what is not XML, and for entities of its own, which could grow without end.
    """
    reader = _Reader(tuple(path), lists, source)
    parser = expat.ParserCreate(encoding, namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = reader.entity
    try:
        for block in blocks:
            parser.Parse(block, False)
            yield from reader.taken()
        parser.Parse(b"", True)
        yield from reader.taken()
    except expat.ExpatError as error:
        raise TaskFailure(f"{source} is not XML: {error}") from error
    except LookupError as error:
        raise TaskFailure(f"{source}: {error}; set `charset`") from error


def typed(text: str) -> Json:
    """Return the number, truth value or null a text stands for; otherwise the text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FRACTION.fullmatch(text) else text


def _local(name: str) -> str:
    return name.rpartition("}")[2]


@dataclass(slots=True)
class _Open:
    """An element that has not ended."""

    name: str
    values: dict[str, Json] = field(default_factory=dict)
    many: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)

    def add(self, name: str, value: Json, lists: frozenset[str]) -> None:
        if name in self.many:
            self.values[name].append(value)
        elif name in self.values or name in lists:
            before = [self.values[name]] if name in self.values else []
            self.values[name] = [*before, value]
            self.many.add(name)
        else:
            self.values[name] = value

    def value(self) -> Json:
        text = " ".join(part.strip() for part in "".join(self.texts).split("\0") if part.strip())
        if not self.values:
            return typed(text)
        if text:
            self.values[CONTENT] = typed(text)
        return self.values


class _Reader:
    """Builds values from what the parser tells; only elements inside a wanted one are kept."""

    def __init__(self, path: tuple[str, ...], lists: frozenset[str], source: str) -> None:
        self._path = path
        self._lists = lists
        self._source = source
        self._names: list[str] = []
        self._open: list[_Open] = []
        self._found: list[Json] = []

    def taken(self) -> list[Json]:
        found, self._found = self._found, []
        return found

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = _local(name)
        self._names.append(name)
        if len(self._names) > _DEEPEST:
            raise TaskFailure(f"{self._source}: elements are nested more than {_DEEPEST} deep")
        if self._open:
            self._open[-1].texts.append("\0")  # the text goes on after this child
        elif not self._wanted():
            return
        element = _Open(name)
        for key, text in attributes.items():
            element.add(_local(key), typed(text), self._lists)
        self._open.append(element)

    def _wanted(self) -> bool:
        return len(self._names) == 1 if not self._path else tuple(self._names) == self._path

    def text(self, text: str) -> None:
        if self._open:
            self._open[-1].texts.append(text)

    def end(self, name: str) -> None:
        self._names.pop()
        if not self._open:
            return
        element = self._open.pop()
        if self._open:
            self._open[-1].add(element.name, element.value(), self._lists)
        elif self._path:
            self._found.append(element.value())
        else:
            self._found.append({element.name: element.value()})

    def entity(self, name: str, *_: object) -> None:
        raise TaskFailure(
            f"{self._source} declares the entity '{name}'; that is refused, because entities can grow "
            f"without end: replace it by its text"
        )
