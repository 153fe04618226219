"""JSON schemas (draft-07) of plugin classes and of whole flows, as editors read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from engine.docs.common import BLOCK, RETRY, TASK, TRIGGER, Common
from engine.docs.fact import NOTHING, Facts, facts_of, plain
from engine.docs.flow_schema import FLOW, INPUT, OUTPUT
from engine.model.flow import TaskSpec
from engine.model.json import Json
from engine.plugin import Plugin, Task, Trigger
from engine.plugin.base import KIND_MARK, properties_of
from engine.registry import Registry

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
TEMPLATE: Final[Json] = {"type": "string", "pattern": "\\{[{%]"}
"""A text with an expression: fits where any other value fits."""

_TASK_REF: Final[Json] = {"$ref": "#/definitions/task"}


def schema(plugin: type[Plugin]) -> Json:
    """Return the schema of one type with everything it refers to, `task` being any map with a type."""
    facts = facts_of(plugin)
    definition, definitions = _definition(plugin, facts)
    definitions["task"] = {"type": "object", "required": ["id", "type"]}
    definitions["retry"] = RETRY
    for name in sorted({_kind_of(ref) for ref in _refs([definition, definitions]) if _kind_of(ref)}):
        definitions[f"kind.{name}"] = _any_plugin(name)
    return {"$schema": DRAFT, **definition, "definitions": _used(definition, definitions)}


def outputs_schema(plugin: type[Plugin]) -> Json:
    """Return the schema of what a type gives."""
    gives = getattr(plugin, "gives", None)
    if gives is None:
        return {"type": "object", "properties": {}}
    made = gives.model_json_schema(
        by_alias=True,
        mode="serialization",
        ref_template="#/definitions/{model}",
        schema_generator=_Generator,
    )
    definitions = made.pop("$defs", {})
    made.pop("title", None), made.pop("description", None)
    return {"$schema": DRAFT, **made, **({"definitions": definitions} if definitions else {})}


def flow_schema(registry: Registry) -> Json:
    """Return the schema of a flow: one definition per type, chosen by `type` with if/then.

    `tasks` and `triggers` list all of a kind as `anyOf`, for clients that look types up.
    """
    definitions: dict[str, Json] = {"flow": FLOW, "input": INPUT, "output": OUTPUT, "retry": RETRY}
    for type_id in registry.types(Plugin):
        plugin = registry.resolve(type_id)
        definition, more = _definition(plugin, facts_of(plugin))
        definitions[type_id] = definition
        definitions |= more
    for name, kind in (("task", Task), ("trigger", Trigger)):
        ids = registry.types(kind)
        definitions[name] = _choice(registry, ids)
        definitions[f"{name}s"] = {"anyOf": [{"$ref": f"#/definitions/{type_id}"} for type_id in ids]}
    for name, parent in kinds().items():
        ids = registry.types(parent)
        definitions[f"kind.{name}"] = _choice(registry, ids, required=("type",)) if ids else _any_plugin(name)
    return {
        "$schema": DRAFT,
        "$ref": "#/definitions/flow",
        "definitions": {key: definitions[key] for key in sorted(definitions)},
    }


def _choice(registry: Registry, ids: list[str], required: tuple[str, ...] = ("id", "type")) -> Json:
    names = [name for type_id in ids for name in (type_id, *registry.aliases(type_id))]
    return {
        "type": "object",
        "required": list(required),
        "properties": {"type": {"type": "string", "enum": names}},
        "allOf": [
            {
                "if": {"properties": {"type": {"const": type_id}}, "required": ["type"]},
                "then": {"$ref": f"#/definitions/{type_id}"},
            }
            for type_id in ids
        ],
    }


def _any_plugin(name: str) -> Json:
    return {
        "type": "object",
        "title": name,
        "required": ["type"],
        "properties": {"type": {"type": "string"}},
    }


def kinds() -> dict[str, type[Plugin]]:
    """Return every abstract kind of plugin by the name its schema has (`kind.<name>`)."""
    found: dict[str, type[Plugin]] = {}
    waiting = [Plugin]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__dict__.get("abstract"):
            found.setdefault(kind.kind_name(), kind)
    return found


def _definition(plugin: type[Plugin], facts: Facts) -> tuple[Json, dict[str, Json]]:
    """Return the schema of a type and the records it refers to, named by type and record."""
    made = plugin.model_json_schema(
        by_alias=True, ref_template=f"#/definitions/{facts.type}.{{model}}", schema_generator=_Generator
    )
    own = _rewritten(made, facts.type)
    records = {f"{facts.type}.{name}": _opened(record) for name, record in own.pop("$defs", {}).items()}
    properties = own.get("properties", {})
    _describe(plugin, facts, properties)
    common = [item for item in _common(facts) if item.name not in properties]
    needed = [item.name for item in common if item.name in ("id", "type")] or ["type"]
    definition = {
        "type": "object",
        "title": facts.purpose.rstrip("."),
        "description": facts.description + (f"\n\n{facts.failure}" if facts.failure else ""),
        "required": [*needed, *own.get("required", [])],
        "additionalProperties": False,
        "properties": {
            **{item.name: _told(item) for item in common},
            "type": {"type": "string", "const": facts.type},
            **properties,
        },
    }
    if facts.examples:
        definition["$examples"] = [
            {"title": example.title, "lang": "yaml", "full": True, "code": example.yaml}
            for example in facts.examples
        ]
    if facts.deprecated:
        definition["$deprecated"] = True
    return definition, {name: record for name, record in records.items() if record}


def _common(facts: Facts) -> tuple[Common, ...]:
    if facts.kind == "trigger":
        return TRIGGER
    if facts.kind in ("task", "flowable task"):
        return (*TASK, *BLOCK) if facts.flowable else TASK
    return ()


def _told(item: Common) -> Json:
    return {**deepcopy(item.schema), "description": item.description}


def _describe(plugin: type[Plugin], facts: Facts, properties: dict[str, Json]) -> None:
    """Put defaults in, and let expressions stand for values where they are rendered."""
    marks = properties_of(plugin)
    known = {item.name: item for item in facts.properties}
    for name, made in properties.items():
        item = known[name]
        description = made.pop("description", None)
        made.pop("title", None)
        made.pop("default", None)
        rendered = name not in marks.static and name not in marks.nested
        if rendered:
            made = _opened(made)
        if "$ref" in made:
            made = {"allOf": [made]}
        told = {"title": _title(name), "description": description}
        properties[name] = {**{key: text for key, text in told.items() if text}, **made}
        if item.default not in (NOTHING, None):
            properties[name]["default"] = plain(item.default)
        if rendered:
            properties[name]["$dynamic"] = True


def _title(name: str) -> str:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return words[:1].upper() + words[1:]


class _Generator(GenerateJsonSchema):
    schema_dialect = DRAFT
    ignored_warning_kinds: set[Any] = {"skipped-choice", "non-serializable-default"}

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        if schema["cls"] is TaskSpec:
            return {"type": "object"}
        return super().dataclass_schema(schema)

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        # A value without a schema of its own may be anything.
        return {}


def _rewritten(made: Json, type_id: str) -> Json:
    """Point tasks and plugins inside at the definitions all types share; drop what is replaced."""
    if isinstance(made, list):
        return [_rewritten(item, type_id) for item in made]
    if not isinstance(made, dict):
        return made
    if KIND_MARK in made:
        return {"$ref": f"#/definitions/kind.{made[KIND_MARK]}"}
    if made.get("$ref") == f"#/definitions/{type_id}.TaskSpec":
        return _TASK_REF
    kept = {
        key: _rewritten(item, type_id)
        for key, item in made.items()
        if not (key == "TaskSpec" and isinstance(item, dict)) and not (key == "default" and item is None)
    }
    return _without_null(kept)


def _without_null(made: Json) -> Json:
    """Leave null out of the alternatives: in YAML an empty property is an absent one."""
    members = made.get("anyOf")
    if not isinstance(members, list) or {"type": "null"} not in members:
        return made
    kept = [item for item in members if item != {"type": "null"}]
    rest = {key: item for key, item in made.items() if key != "anyOf"}
    if len(kept) == 1 and not rest.keys() & kept[0].keys():
        return {**rest, **kept[0]}
    return {**rest, "anyOf": kept}


def _opened(made: Json) -> Json:
    """Let a template stand for the value and for everything inside it."""
    if "properties" in made:
        made = {**made, "properties": {key: _opened(item) for key, item in made["properties"].items()}}
    if isinstance(made.get("items"), dict):
        made = {**made, "items": _opened(made["items"])}
    if isinstance(made.get("additionalProperties"), dict):
        made = {**made, "additionalProperties": _opened(made["additionalProperties"])}
    members = made.get("anyOf") or made.get("oneOf")
    if members:
        opened = [_inside(item) for item in members]
        if not any(_takes_any_text(item) for item in members):
            opened.append(TEMPLATE)
        rest = {key: item for key, item in made.items() if key not in ("anyOf", "oneOf")}
        return {**rest, **(opened[0] if len(opened) == 1 else {"anyOf": opened})}
    if _takes_any_text(made) or "properties" in made or made == _TASK_REF:
        return made
    kept = {key: made[key] for key in ("title", "description", "default") if key in made}
    rest = {key: item for key, item in made.items() if key not in kept}
    return {**kept, "anyOf": [rest, TEMPLATE]}


def _inside(made: Json) -> Json:
    opened = _opened(made)
    members = opened.get("anyOf")
    return members[0] if members and members[-1] is TEMPLATE and "anyOf" not in made else opened


def _takes_any_text(made: Json) -> bool:
    if not {"type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const"} & made.keys():
        return True
    kind = made.get("type")
    texts = kind == "string" or (isinstance(kind, list) and "string" in kind)
    return texts and not {"enum", "const", "pattern", "maxLength", "minLength", "format"} & made.keys()


def _refs(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from _refs(item)
    elif isinstance(value, list):
        for item in value:
            yield from _refs(item)


def _kind_of(ref: str) -> str:
    prefix = "#/definitions/kind."
    return ref.removeprefix(prefix) if ref.startswith(prefix) else ""


def _used(definition: Json, definitions: dict[str, Json]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    waiting: list[Iterable[str]] = [_refs(definition)]
    while waiting:
        for ref in waiting.pop():
            name = ref.removeprefix("#/definitions/")
            if name not in found and name in definitions:
                found[name] = definitions[name]
                waiting.append(_refs(definitions[name]))
    return {name: found[name] for name in sorted(found)}
