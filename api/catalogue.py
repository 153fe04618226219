"""Plugin types as clients list them and read about them."""

from __future__ import annotations

import base64

from engine.docs import cards, page, schema
from engine.docs.card import Card
from engine.docs.flow_schema import INPUT
from engine.docs.schema import outputs_schema
from engine.errors import NotFound
from engine.model.input_type import OPTIONS
from engine.model.json import Json
from engine.registry import Registry

_LISTS = {"task": "tasks", "flowable task": "tasks", "trigger": "triggers", "condition": "conditions"}


def plugin_rows(registry: Registry) -> list[dict[str, Json]]:
    """Return one row per type, sorted, deprecated ones last."""
    return [{**_element(card), "kind": card.kind} for card in cards(registry)]


def plugin_groups(registry: Registry, version: str) -> list[dict[str, Json]]:
    """Return the groups with their types, as clients list plugins."""
    groups: dict[str, dict[str, Json]] = {}
    for card in cards(registry):
        group = card.type.rpartition(".")[0]
        found = groups.setdefault(group, _group(group, version))
        found[_list_of(card)].append(_element(card))
    return [groups[name] for name in sorted(groups)]


def plugin_documentation(registry: Registry, type_id: str) -> dict[str, Json]:
    """Return Markdown and schema of a type; raises NotFound with the nearest id."""
    plugin = registry.resolve(type_id)
    whole = schema(plugin)
    about = {key: whole.get(key) for key in ("title", "description", "$examples", "$deprecated", "required")}
    return {
        "markdown": _without_front_matter(page(plugin)),
        "schema": {
            "properties": {**about, "properties": whole["properties"]},
            "outputs": outputs_schema(plugin),
            "definitions": whole.get("definitions", {}),
        },
    }


def input_documentation(name: str) -> dict[str, Json]:
    """Return Markdown and schema of a type of input; raises NotFound."""
    kind = name.upper()
    if kind not in OPTIONS:
        raise NotFound(f"'{name}' is not a type of input; use one of {', '.join(sorted(OPTIONS))}")
    own = next(rule["then"] for rule in INPUT["allOf"] if rule["if"]["properties"]["type"]["const"] == kind)
    properties = {
        key: INPUT["properties"].get(key, {}) if value is True else value
        for key, value in own["properties"].items()
    }
    lines = [f"- `{key}`: {value.get('description', '')}".rstrip(": ") for key, value in properties.items()]
    about = {"title": f"{kind} input", "required": INPUT["required"]}
    return {
        "markdown": f"# {kind} input\n\n" + "\n".join(lines) + "\n",
        "schema": {"properties": {**about, "properties": properties}, "outputs": {}, "definitions": {}},
    }


def icons_of(registry: Registry, svg: str) -> dict[str, Json]:
    """Return an icon for every type."""
    encoded = base64.b64encode(svg.encode()).decode()
    return {
        card.type: {"name": card.title, "icon": encoded, "flowable": card.kind == "flowable task"}
        for card in cards(registry)
    }


def group_icons_of(registry: Registry, svg: str) -> dict[str, Json]:
    """Return an icon for every group of types."""
    encoded = base64.b64encode(svg.encode()).decode()
    groups = sorted({card.type.rpartition(".")[0] for card in cards(registry)})
    return {group: {"name": group, "icon": encoded, "flowable": False} for group in groups}


def property_names(registry: Registry, kind: str) -> list[str]:
    """Return the names of all properties of a kind of plugin; raises NotFound for an unknown kind."""
    wanted = {"task": ("task", "flowable task"), "trigger": ("trigger",)}.get(kind)
    if wanted is None:
        raise NotFound(f"'{kind}' is not a kind of plugin; use task or trigger")
    found = {item.name for card in cards(registry) if card.kind in wanted for item in card.properties}
    return sorted(found)


def _element(card: Card) -> dict[str, Json]:
    return {"cls": card.type, "title": card.purpose, "deprecated": card.deprecated or None}


def _group(group: str, version: str) -> dict[str, Json]:
    name = group.removeprefix("io.kestra.plugin.")
    lists = ("tasks", "triggers", "conditions", "taskRunners", "apps", "charts", "storages", "secrets")
    return {
        "name": name,
        "title": name.rpartition(".")[2],
        "group": group,
        "subGroup": group,
        "version": version,
        "guides": [],
        "aliases": [],
        "categories": [],
        **{key: [] for key in lists},
        "dataFilters": [],
    }


def _list_of(card: Card) -> str:
    return _LISTS.get(card.kind, "taskRunners")


def _without_front_matter(text: str) -> str:
    if not text.startswith("---\n"):
        return text
    return text.partition("\n---\n")[2].lstrip("\n")
