"""Which properties may stand at a place of a flow: the schemas of flow and types, walked by path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from api.editor.cursor import Cursor, Step
from engine.docs import schema
from engine.docs.common import RETRY, TASK, TRIGGER, Common
from engine.docs.flow_schema import FLOW, INPUT, OUTPUT
from engine.docs.schema import kinds
from engine.model.json import Json
from engine.plugin import Plugin, Task, Trigger
from engine.plugin.condition import Condition
from engine.registry import Registry

_SHARED: dict[str, Json] = {"input": INPUT, "output": OUTPUT, "retry": RETRY}
_PREFIX = "#/definitions/"


@dataclass(frozen=True, slots=True)
class Shape:
    """One schema that may hold at a place. `kind` is set where a `type` chooses among plugins."""

    made: dict[str, Any]
    definitions: dict[str, Any]
    kind: type[Plugin] | None = None

    @property
    def properties(self) -> dict[str, Any]:
        """The properties of a map, with what is known of each."""
        found: dict[str, Any] = self.made.get("properties", {})
        return found

    @property
    def required(self) -> tuple[str, ...]:
        """The properties that must be there."""
        return tuple(self.made.get("required", ()))


class Grammar:
    """The schemas over the plugins of a registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._of_type = lru_cache(maxsize=1024)(self._schema)

    def at(self, path: Iterable[Step], beside: tuple[dict[str, str], ...]) -> list[Shape]:
        """Return what may stand at a path; `beside` are the keys of the maps on the way and at its end."""
        found = [Shape(FLOW, {})]
        depth = 0
        for depth, step in enumerate(path, 1):
            shapes = self._open(found, beside[depth - 1])
            found = [inside for shape in shapes for inside in self._inside(shape, step)]
        return self._open(found, beside[depth] if depth < len(beside) else {})

    def of(self, cursor: Cursor) -> list[Shape]:
        """Return the maps the cursor may stand in; an item of a list that has no dash yet counts as one."""
        found = self.at(cursor.path, cursor.beside)
        items = [inside for shape in found for inside in self._inside(shape, None)]
        return (
            self._open(items, cursor.beside[-1]) if items and not any(s.properties for s in found) else found
        )

    def value(self, cursor: Cursor, key: str) -> list[Shape]:
        """Return what the value of a key beside the cursor may be."""
        found = [inside for shape in self.of(cursor) for inside in self._inside(shape, key)]
        return self._open(found, {})

    def _inside(self, shape: Shape, step: Step) -> Iterator[Shape]:
        made = shape.made
        if step is None:
            inside = made.get("items")
        else:
            inside = shape.properties.get(step)
            if inside is None:
                inside = made.get("additionalProperties")
        if step == "conditions" and shape.kind is Trigger:
            inside = {"type": "array", "items": {"$ref": f"{_PREFIX}kind.Condition"}}
        if isinstance(inside, dict):
            yield Shape(inside, shape.definitions)

    def _open(self, shapes: Iterable[Shape], beside: dict[str, str]) -> list[Shape]:
        """Replace references and alternatives by what they stand for."""
        found: list[Shape] = []
        waiting = list(shapes)
        while waiting and len(found) < _MOST:
            shape = waiting.pop(0)
            made = shape.made
            ref = made.get("$ref")
            if isinstance(ref, str):
                waiting[:0] = self._referred(ref.removeprefix(_PREFIX), shape, beside)
            elif any(name in made for name in ("anyOf", "oneOf")):
                members = made.get("anyOf") or made.get("oneOf") or ()
                about: dict[str, Any] = {k: v for k, v in made.items() if k in ("description", "default")}
                waiting[:0] = [Shape({**about, **one}, shape.definitions, shape.kind) for one in members]
            elif "allOf" in made:
                waiting[:0] = self._all(made, shape, beside)
            else:
                found.append(shape)
        return found

    def _all(self, made: dict[str, Any], shape: Shape, beside: dict[str, str]) -> list[Shape]:
        """Return a schema with the rules of its `type`, or the one it wraps."""
        rest = {key: value for key, value in made.items() if key != "allOf"}
        wanted = _plain(beside.get("type", ""))
        for rule in made["allOf"]:
            if "$ref" in rule:
                about: dict[str, Any] = {k: v for k, v in rest.items() if k in ("description", "default")}
                return [Shape({**about, **rule}, shape.definitions, shape.kind)]
            const = rule.get("if", {}).get("properties", {}).get("type", {}).get("const")
            if const is not None and const == wanted:
                own = rule["then"].get("properties", {})
                known = rest.get("properties", {})
                rest["properties"] = {n: known.get(n, {}) if v is True else v for n, v in own.items()}
        return [Shape({**rest, "properties": rest.get("properties", {})}, shape.definitions, shape.kind)]

    def _referred(self, name: str, shape: Shape, beside: dict[str, str]) -> list[Shape]:
        about = {k: v for k, v in shape.made.items() if k in ("description", "default")}
        if name in shape.definitions and not name.startswith("kind.") and name not in ("task", "retry"):
            return [Shape({**about, **shape.definitions[name]}, shape.definitions)]
        if name in _SHARED:
            return [Shape({**about, **_SHARED[name]}, {})]
        kind = self._kind(name)
        if kind is None:
            return []
        plugin = self.plugin(beside.get("type", ""), kind)
        if plugin is not None:
            whole = self._of_type(plugin.type_id)
            return [
                Shape({**whole, **({} if whole.get("description") else about)}, whole["definitions"], kind)
            ]
        return [Shape({**about, **_general(kind)}, {}, kind)]

    def _kind(self, name: str) -> type[Plugin] | None:
        if name in ("task", "trigger"):
            return Task if name == "task" else Trigger
        if name == "kind.Condition":
            return Condition
        return kinds().get(name.removeprefix("kind."))

    def plugin(self, written: str, kind: type[Plugin] = Plugin) -> type[Plugin] | None:
        """Return the class a `type` names, None when there is none of the kind."""
        try:
            found = self._registry.find(_plain(written)) if written else None
        except ImportError:
            return None
        return found if found is not None and issubclass(found, kind) else None

    def _schema(self, type_id: str) -> dict[str, Any]:
        made: dict[str, Any] = schema(self._registry.resolve(type_id))
        return made


_MOST = 64
"""Most alternatives looked at for one place."""


def _general(kind: type[Plugin]) -> dict[str, Any]:
    """Return what a plugin takes before its type is known."""
    common: tuple[Common, ...] = TASK if kind is Task else TRIGGER if kind is Trigger else ()
    known = {item.name: {**item.schema, "description": item.description} for item in common}
    known.setdefault("type", {"type": "string", "description": "The full type id."})
    return {"type": "object", "required": ["id", "type"] if common else ["type"], "properties": known}


def _plain(written: str) -> str:
    return written.partition(" #")[0].strip().strip("\"'")
