"""Completion: what may be written at the cursor."""

from __future__ import annotations

from dataclasses import dataclass

from api.editor.cursor import Cursor, cursor_at
from api.editor.grammar import Grammar, Shape
from api.editor.item import Item, fits, rank
from api.editor.outline import outline_of
from api.editor.variable import expression_items
from engine.docs.card import card
from engine.plugin import Plugin, Task, Trigger
from engine.registry import Registry

MOST = 200
"""Most offers of one answer; more letters find the others."""


@dataclass(frozen=True, slots=True)
class Completion:
    """The offers for the characters `start:end`; `complete` is false when there are more."""

    start: int
    end: int
    context: str
    items: tuple[Item, ...]
    complete: bool = True


class Completer:
    """Completes flows over the plugins of a registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._grammar = Grammar(registry)
        self._types: dict[type[Plugin], list[Item]] = {}

    @property
    def grammar(self) -> Grammar:
        """The properties by place."""
        return self._grammar

    def complete(self, text: str, offset: int) -> Completion:
        """Return what may stand at an offset (in characters)."""
        cursor = cursor_at(text, offset)
        context, found = self._offers(text, cursor)
        kept = [one for one in found if fits(one.label, cursor.typed)]
        if cursor.typed:
            kept.sort(key=lambda one: rank(one.label, cursor.typed))
        return Completion(cursor.start, cursor.end, context, tuple(kept[:MOST]), len(kept) <= MOST)

    def _offers(self, text: str, cursor: Cursor) -> tuple[str, list[Item]]:
        if cursor.expression is not None:
            outline = outline_of(text, cursor.offset)
            return "expression", expression_items(cursor, outline, self._grammar)
        if cursor.place == "value":
            return "value", self._values(cursor)
        if cursor.place == "key":
            return "property", self._properties(cursor)
        return "text", []

    def _properties(self, cursor: Cursor) -> list[Item]:
        shapes = self._grammar.of(cursor)
        in_list = not any(s.properties for s in self._grammar.at(cursor.path, cursor.beside))
        present = cursor.beside[-1].keys() - {cursor.key}
        found: dict[str, Item] = {}
        for shape in shapes:
            for name, made in shape.properties.items():
                if name not in present and name not in found:
                    found[name] = self._property(name, made, shape, cursor, dash=in_list)
        if not found:
            return _listed(shapes)
        return sorted(found.values(), key=lambda one: not one.required)

    def _property(self, name: str, made: object, shape: Shape, cursor: Cursor, *, dash: bool) -> Item:
        known = made if isinstance(made, dict) else {}
        below = self._grammar.value(cursor, name)
        insert = f"{'- ' if dash else ''}{name}:{_opening(below, cursor, dash=dash)}"
        return Item(
            name,
            "property",
            _words(below, known),
            str(known.get("description", "")),
            insert=name if cursor.key else insert,
            required=name in shape.required,
            deprecated=bool(known.get("$deprecated")),
        )

    def _values(self, cursor: Cursor) -> list[Item]:
        own = self._grammar.of(cursor)
        if cursor.key == "type" and cursor.path == ("pluginDefaults", None):
            return [*self.types(Task), *self.types(Trigger)]
        if cursor.key == "type":
            kinds = {shape.kind for shape in own if shape.kind is not None}
            if kinds:
                return [item for kind in kinds for item in self.types(kind)]
        return _listed(self._grammar.value(cursor, cursor.key))

    def types(self, kind: type[Plugin]) -> list[Item]:
        """Return the types of a kind of plugin; the first call reads all their classes."""
        if kind not in self._types:
            cards = [card(self._registry.resolve(type_id)) for type_id in self._registry.types(kind)]
            self._types[kind] = [
                Item(one.type, "type", one.title, one.purpose, deprecated=one.deprecated) for one in cards
            ]
        return self._types[kind]


def _listed(shapes: list[Shape]) -> list[Item]:
    """Return the values that are named one by one."""
    found: dict[str, Item] = {}
    for shape in shapes:
        for value in _choices(shape.made):
            text = "true" if value is True else "false" if value is False else str(value)
            is_default = shape.made.get("default") == value
            found.setdefault(text, Item(text, "value", "default" if is_default else ""))
    return list(found.values())


def _choices(made: dict[str, object]) -> list[object]:
    values = made.get("enum")
    if isinstance(values, list):
        return values
    if "const" in made:
        return [made["const"]]
    return [True, False] if made.get("type") == "boolean" else []


def _words(shapes: list[Shape], known: dict[str, object]) -> str:
    words: list[str] = []
    for shape in shapes:
        kind = shape.made.get("type")
        names = kind if isinstance(kind, list) else [kind] if kind else []
        words += [str(name) for name in names if name not in words]
    default = known.get("default")
    return " or ".join(words) + (f", default {default}" if isinstance(default, str | int | float) else "")


def _opening(shapes: list[Shape], cursor: Cursor, *, dash: bool) -> str:
    """Return what follows a key: a blank, or a new line with the right indentation for lists and maps."""
    kinds = {str(shape.made.get("type")) for shape in shapes}
    if kinds == {"array"}:
        return "\n" + " " * (cursor.column + (2 if dash else 0) + 2) + "- "
    if kinds == {"object"}:
        return "\n" + " " * (cursor.column + (2 if dash else 0) + 2)
    return " "
