"""A YAML text read once: plain values, and the place of each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from yaml import YAMLError

from engine.errors import SourceError
from engine.model.json import Json
from engine.source.hint import explain, unquoted_expression
from engine.source.node import Node, compose
from engine.source.scalar import TAG, read_plain, read_tagged

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
MAX_CHARACTERS = 10_000_000

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list indexes from the root to a value."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in the text; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `start:end` of the text."""

    start: int
    end: int


class Document:
    """The values of a text and where they stand. Positions of a missing path are those of its nearest
    existing ancestor.
    """

    def __init__(self, text: str, data: Json, root: Node | None, offset: int) -> None:
        self.text = text
        self.data = data
        self._root = root
        self._offset = offset
        self._lines: list[int] | None = None

    def place(self, path: Path) -> Place:
        """Return where the value begins; for a member of a map, where its key begins."""
        _, key, value = self._find(path)
        node = key or value
        return Place(node.line + 1, node.column + 1) if node else Place(1, 1)

    def value_place(self, path: Path) -> Place:
        """Return where the value itself begins."""
        _, _, value = self._find(path)
        return Place(value.line + 1, value.column + 1) if value else Place(1, 1)

    def place_in(self, path: Path, line: int, column: int) -> Place:
        """Return the place of line and column (from 1) inside the text value at `path`.

        Exact for texts on one line and for `|` blocks; else the line of the value.
        """
        _, _, node = self._find(path)
        if node is None:
            return Place(1, 1)
        node = node.real
        if node.style == "|":
            first = self.text.find("\n", node.start + self._offset) + 1
            return Place(node.line + 1 + line, self._indent(first) + column)
        quote = 1 if node.style in ("'", '"') else 0
        if line == 1 and "\n" not in self.text[node.start + self._offset : node.end + self._offset]:
            return Place(node.line + 1, node.column + quote + column)
        return Place(node.line + 1 + (1 if node.style == ">" else 0), node.column + 1)

    def offset(self, place: Place) -> int:
        """Return the offset of the character at a place."""
        if self._lines is None:
            self._lines = [0, *(match.end() for match in _BREAK.finditer(self.text))]
        line = min(place.line, len(self._lines)) - 1
        return min(self._lines[line] + place.column - 1 + (self._offset if line == 0 else 0), len(self.text))

    def span(self, path: Path) -> Span:
        """Return the characters of the value, without comments and blank lines behind it."""
        _, _, value = self._find(path)
        return self._span(value)

    def key_span(self, path: Path) -> Span | None:
        """Return the characters of the key; None for list items, the root and missing paths."""
        exact, key, _ = self._find(path)
        return self._span(key) if exact and key else None

    def exists(self, path: Path) -> bool:
        """Tell whether there is a value at exactly this path."""
        return self._find(path)[0]

    def written(self, path: Path) -> str | None:
        """Return a scalar as it stands in the text (`1.10`, `yes`), unquoted; None for lists and maps."""
        exact, _, value = self._find(path)
        return value.real.text if exact and value and value.real.kind == "scalar" else None

    def path_at(self, offset: int) -> Path:
        """Return the path of the innermost key or value the character at `offset` belongs to."""
        path: list[str | int] = []
        node = self._root
        at = offset - self._offset
        while node is not None:
            for step, key, value in _members(node):
                if (key or value).start <= at <= self._reach(value):
                    path.append(step)
                    node = value
                    break
            else:
                break
        return tuple(path)

    def _find(self, path: Path) -> tuple[bool, Node | None, Node | None]:
        """Return whether the path exists, and key and value node of it or of its nearest ancestor."""
        key: Node | None = None
        node = self._root
        for step in path:
            found = _member(node, step)
            if found is None:
                return False, key, node
            key, node = found
        return node is not None, key, node

    def _span(self, node: Node | None) -> Span:
        if node is None:
            return Span(len(self.text), len(self.text))
        return Span(node.start + self._offset, self._reach(node) + self._offset)

    def _reach(self, node: Node) -> int:
        while node.kind in ("map", "list") and node.style == "block" and node.items:
            node = node.items[-1]
        if node.kind == "scalar" and node.style in ("|", ">"):
            start, end = node.start + self._offset, node.end + self._offset
            return start + len(self.text[start:end].rstrip()) - self._offset
        return node.end

    def _indent(self, offset: int) -> int:
        while self.text[offset : offset + 1] == "\n":
            offset += 1
        end = offset
        while self.text[end : end + 1] == " ":
            end += 1
        return end - offset


def read_document(text: str) -> Document:
    """Read the only YAML document of a text; one without content has the data None.

    Raises SourceError with line, column and the fix.
    """
    if len(text) > MAX_CHARACTERS:
        raise SourceError(f"the text is longer than {MAX_CHARACTERS:,} characters")
    offset = 1 if text.startswith("\ufeff") else 0
    try:
        root = compose(text[offset:])
    except (YAMLError, UnicodeError) as error:
        raise explain(error, text[offset:]) from error
    data = _data(root, text[offset:]) if root is not None else None
    return Document(text, data, root, offset)


def _data(node: Node, text: str) -> Json:
    node = node.real
    if node.kind == "scalar":
        if node.tag is not None:
            return read_tagged(node.text, node.tag, line=node.line + 1, column=node.column + 1)
        return node.text if node.style else read_plain(node.text)
    _refuse_tag(node)
    if node.kind == "list":
        return [_data(item, text) for item in node.items]
    return {key: _data(value, text) for key, (_, value) in _index(node, text).items()}


def _index(node: Node, text: str) -> dict[str, tuple[Node, Node]]:
    """Return the entries of a map by key, those of merge keys last; checked once."""
    if node.index is not None:
        return node.index
    own: dict[str, tuple[Node, Node]] = {}
    merged: list[Node] = []
    for key, value in zip(node.items[::2], node.items[1::2], strict=True):
        real = key.real
        if real.kind != "scalar":
            raise _complex_key(key, text)
        if real.text == "<<" and not real.style:
            merged += _merged(key, value)
        elif real.text in own:
            raise _twice(real.text, own[real.text][0], key)
        else:
            own[real.text] = (key, value)
    for source in merged:
        for name, entry in _index(source, text).items():
            own.setdefault(name, entry)
    node.index = own
    return own


def _merged(key: Node, value: Node) -> list[Node]:
    sources = value.real.items if value.real.kind == "list" else [value]
    maps = [source.real for source in sources]
    if any(source.kind != "map" for source in maps):
        raise SourceError(
            "`<<` takes a map or a list of maps to copy entries from",
            line=key.line + 1,
            column=key.column + 1,
        )
    return maps


def _twice(name: str, first: Node, second: Node) -> SourceError:
    return SourceError(
        f"the key '{name}' is written twice in one map, at line {first.line + 1} and at line "
        f"{second.line + 1}; keep one of them",
        line=second.line + 1,
        column=second.column + 1,
    )


def _complex_key(key: Node, text: str) -> SourceError:
    start = key.start - 1
    if key.kind == "map" and text[start : start + 2] == "{{":
        end = text.find("}}", start)
        value = text[start : end + 2] if end >= 0 else text[start : start + 40]
        return unquoted_expression(value, line=key.line + 1, column=max(key.column, 1))
    return SourceError(
        "a key must be a text, not a list or a map; quote it", line=key.line + 1, column=key.column + 1
    )


def _refuse_tag(node: Node) -> None:
    if node.tag not in (None, "!", f"{TAG}map", f"{TAG}seq"):
        raise SourceError(
            f"the tag '{node.tag}' has no meaning in a flow; remove it",
            line=node.line + 1,
            column=node.column + 1,
        )


def _member(node: Node | None, step: str | int) -> tuple[Node | None, Node] | None:
    if node is None:
        return None
    node = node.real
    if node.kind == "map":
        return (node.index or {}).get(str(step))
    if node.kind == "list" and isinstance(step, int) and 0 <= step < len(node.items):
        return None, node.items[step]
    return None


def _members(node: Node) -> Iterator[tuple[str | int, Node | None, Node]]:
    if node.kind == "map":
        for name, (key, value) in (node.index or {}).items():
            yield name, key, value
    elif node.kind == "list":
        for number, item in enumerate(node.items):
            yield number, None, item
