"""Which flows start which: by tasks that call, and by triggers that wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeGuard

from api.tenant import TENANT
from engine.errors import SourceError
from engine.model.json import Json
from engine.source.document import read_document
from engine.storage.ports import FlowRow

Name = tuple[str, str]
"""Namespace and id of a flow."""

_CALLS = (".Subflow", ".ForEachItem", ".tasks.flows.Flow")
_TRIGGERS = (".trigger.Flow", ".models.triggers.types.Flow")
_BY_FLOW = (".ExecutionFlow", ".ExecutionFlowCondition")
_BY_NAMESPACE = (".ExecutionNamespace", ".ExecutionNamespaceCondition")


@dataclass(frozen=True, slots=True)
class Link:
    """A flow named by another one; without `flow_id` any flow of the namespace, and of those `below` it."""

    kind: Literal["FLOW_TASK", "FLOW_TRIGGER"]
    namespace: str
    flow_id: str | None = None
    below: bool = False

    def names(self, flow: Name) -> bool:
        """Tell whether a flow is meant."""
        namespace, flow_id = flow
        same = namespace == self.namespace or (self.below and namespace.startswith(f"{self.namespace}."))
        return same and self.flow_id in (None, flow_id)


@dataclass(frozen=True, slots=True)
class Edge:
    """One flow starts another."""

    source: Name
    target: Name
    kind: str


def edges_between(rows: Sequence[FlowRow]) -> list[Edge]:
    """Return every edge between the flows; names that are templates are not followed."""
    known = [(row.namespace, row.id) for row in rows]
    present = set(known)
    edges: dict[Edge, None] = {}
    for row in rows:
        own = (row.namespace, row.id)
        for link in links_of(row.source):
            if link.flow_id is not None and not link.below:
                named = [(link.namespace, link.flow_id)] if (link.namespace, link.flow_id) in present else []
            else:
                named = [one for one in known if link.names(one) and one != own]
            for other in named:
                source, target = (own, other) if link.kind == "FLOW_TASK" else (other, own)
                edges[Edge(source, target, link.kind)] = None
    return list(edges)


def around(edges: list[Edge], starts: set[Name], *, only_down: bool, everything: bool) -> list[Edge]:
    """Return the edges at some flows, or with `everything` those reached from there too.

    `only_down`: only what they start, not what starts them.
    """
    kept: dict[Edge, None] = {}
    reached = set(starts)
    edge_of_search = set(starts)
    while edge_of_search:
        found: set[Name] = set()
        for edge in edges:
            if edge.source in edge_of_search:
                found.add(edge.target)
            elif not only_down and edge.target in edge_of_search:
                found.add(edge.source)
            else:
                continue
            kept[edge] = None
        edge_of_search = found - reached if everything else set()
        reached |= found
    return list(kept)


def topology_json(edges: Iterable[Edge], names: Iterable[Name]) -> dict[str, Json]:
    """Return the graph as clients read it: the flows named, and those at the edges."""
    edges = list(edges)
    flows = dict.fromkeys([*names, *(end for edge in edges for end in (edge.source, edge.target))])
    return {
        "nodes": [{"uid": _uid(name), "namespace": name[0], "id": name[1]} for name in flows],
        "edges": [
            {"source": _uid(edge.source), "target": _uid(edge.target), "relation": edge.kind}
            for edge in edges
        ],
    }


@lru_cache(maxsize=4096)
def links_of(source: str) -> tuple[Link, ...]:
    """Return the flows a text names; none for a text that is no YAML."""
    try:
        data = read_document(source).data
    except SourceError:
        return ()
    if not isinstance(data, dict):
        return ()
    triggers = data.get("triggers")
    listed = triggers if isinstance(triggers, list) else ()
    waited = [link for one in listed if _is(one, _TRIGGERS) for link in _waited_for(one)]
    tasks = {key: value for key, value in data.items() if key != "triggers"}
    return tuple(dict.fromkeys([*_called(tasks), *waited]))


def _called(value: Json) -> Iterator[Link]:
    for one in _maps(value):
        namespace, flow_id = one.get("namespace"), one.get("flowId")
        if _is(one, _CALLS) and _literal(namespace) and _literal(flow_id):
            yield Link("FLOW_TASK", namespace, flow_id)


def _waited_for(trigger: Json) -> Iterator[Link]:
    for one in _maps(trigger.get("preconditions")):
        if _literal(namespace := one.get("namespace")):
            yield Link("FLOW_TRIGGER", namespace, _id(one.get("flowId")))
        yield from _filtered(one)
    for one in _maps(trigger.get("conditions")):
        namespace = one.get("namespace")
        if not _literal(namespace):
            continue
        if _is(one, _BY_FLOW):
            yield Link("FLOW_TRIGGER", namespace, _id(one.get("flowId")))
        elif _is(one, _BY_NAMESPACE):
            below = one.get("prefix") is True or one.get("comparison") == "PREFIX"
            yield Link("FLOW_TRIGGER", namespace, None, below)


def _filtered(part: Json) -> Iterator[Link]:
    """Read a group of filters that names one namespace, and perhaps one flow."""
    filters = part.get("filters")
    if not isinstance(filters, list):
        return
    named = {one.get("field"): one for one in filters if isinstance(one, dict) and _literal(one.get("value"))}
    space, flow = named.get("NAMESPACE"), named.get("FLOW_ID")
    if space is None or space.get("type") not in ("EQUAL_TO", "STARTS_WITH"):
        return
    exact = flow is not None and flow.get("type") == "EQUAL_TO"
    yield Link(
        "FLOW_TRIGGER",
        space["value"],
        flow["value"] if exact and flow is not None else None,
        space["type"] == "STARTS_WITH",
    )


def _maps(value: Json) -> Iterator[dict[str, Json]]:
    """Yield every map inside, the outer ones first."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _maps(item)
    elif isinstance(value, list):
        for item in value:
            yield from _maps(item)


def _is(value: Json, endings: tuple[str, ...]) -> bool:
    return isinstance(value, dict) and str(value.get("type", "")).endswith(endings)


def _literal(value: Json) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value) and "{{" not in value


def _id(value: Json) -> str | None:
    return value if _literal(value) else None


def _uid(name: Name) -> str:
    return f"{TENANT}_{name[0]}_{name[1]}"
