"""The node tree of a YAML text, built from the parser's events without recursion.

PyYAML's own composer calls itself once per level and takes the process down on a text of many thousand
brackets, so the tree is built here; that also keeps the place of every alias.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from yaml import events
from yaml._yaml import CParser

from engine.errors import SourceError

MAX_DEPTH = 100
MAX_NODES = 1_000_000
"""Nodes after every alias was replaced by what it stands for."""

Kind = Literal["scalar", "list", "map", "alias"]


@dataclass(slots=True)
class Node:
    """A value in the text: `start:end` are character offsets, line and column count from 0.

    `items` holds the members of a list, or key, value, key, value … of a map. `weight` and `height` count
    nodes and levels with aliases replaced.
    """

    kind: Kind
    start: int
    end: int
    line: int
    column: int
    text: str = ""
    style: str = ""
    tag: str | None = None
    items: list[Node] = field(default_factory=list)
    target: Node | None = None
    weight: int = 1
    height: int = 1
    index: dict[str, tuple[Node, Node]] | None = None
    """Key to key node and value node, merged keys included; set when the data is built."""

    @property
    def real(self) -> Node:
        """The node an alias stands for, or the node itself."""
        return self.target or self


def compose(text: str) -> Node | None:
    """Return the root of the only document, None when there is none.

    Raises SourceError for a second document, unknown aliases, and trees too deep or too large; the parser's
    own errors (`yaml.YAMLError`, UnicodeError) pass.
    """
    parser = CParser(text)
    builder = _Builder()
    event = parser.get_event()
    while event is not None:
        builder.take(event)
        event = parser.get_event()
    return builder.root


class _Builder:
    def __init__(self) -> None:
        self.root: Node | None = None
        self.documents = 0
        self.open: list[Node] = []
        self.anchors: dict[str, Node] = {}

    def take(self, event: Any) -> None:
        match event:
            case events.ScalarEvent():
                node = _at(event, "scalar")
                node.text = event.value
                node.style = event.style or ""
                node.end = _end(event)
                node.tag = event.tag
                self._name(event, node)
                self._add(node)
            case events.MappingStartEvent() | events.SequenceStartEvent():
                kind: Kind = "map" if isinstance(event, events.MappingStartEvent) else "list"
                node = _at(event, kind)
                node.style = "flow" if event.flow_style else "block"
                node.tag = event.tag
                self._name(event, node)
                self.open.append(node)
                if len(self.open) > MAX_DEPTH:
                    raise _too_deep(node)
            case events.MappingEndEvent() | events.SequenceEndEvent():
                node = self.open.pop()
                node.end = _end(event) if node.style == "flow" else _last(node)
                self._add(node)
            case events.AliasEvent():
                self._add(self._alias(event))
            case events.DocumentStartEvent():
                self._document(event)

    def _name(self, event: Any, node: Node) -> None:
        if event.anchor is not None:
            self.anchors[event.anchor] = node

    def _alias(self, event: Any) -> Node:
        node = _at(event, "alias")
        node.end = _end(event)
        node.target = self.anchors.get(event.anchor)
        if node.target is None:
            raise SourceError(
                f"'*{event.anchor}' names no anchor above it; write '&{event.anchor}' before the value it "
                f"stands for, or quote the text",
                line=node.line + 1,
                column=node.column + 1,
            )
        if any(node.target is parent for parent in self.open):
            raise SourceError(
                f"'*{event.anchor}' stands inside the value it refers to; a value cannot contain itself",
                line=node.line + 1,
                column=node.column + 1,
            )
        node.weight, node.height = node.target.weight, node.target.height
        return node

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise SourceError(
                "a second document begins here; keep one flow per text (without `---` between them)",
                line=event.start_mark.line + 1,
                column=event.start_mark.column + 1,
            )

    def _add(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        parent.items.append(node)
        parent.weight += node.weight
        parent.height = max(parent.height, node.height + 1)
        if parent.height > MAX_DEPTH:
            raise _too_deep(node)
        if parent.weight > MAX_NODES:
            raise SourceError(
                f"the text stands for more than {MAX_NODES:,} values (aliases multiply them); write less",
                line=node.line + 1,
                column=node.column + 1,
            )


def _at(event: Any, kind: Kind) -> Node:
    mark = event.start_mark
    return Node(kind, mark.index, mark.index, mark.line, mark.column)


def _end(event: Any) -> int:
    end: int = event.end_mark.index
    return end


def _last(node: Node) -> int:
    # The parser ends a block collection where the next token begins, behind comments that belong to others.
    return node.items[-1].end if node.items else node.start


def _too_deep(node: Node) -> SourceError:
    return SourceError(
        f"values are nested more than {MAX_DEPTH} levels deep here",
        line=node.line + 1,
        column=node.column + 1,
    )
