"""Flows and executions as graphs, and which flows start which."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.access import TheEngine, body_text
from api.answer import JsonAnswer
from api.graph import flow_graph
from api.paging import flag, integer
from api.thread import in_thread
from api.topology import around, edges_between, topology_json
from engine.engine import Engine
from engine.errors import FlowInvalid, FlowsmithError
from engine.model.flow import Flow, TaskSpec
from engine.model.json import Json

router = APIRouter(tags=["graphs"])


@router.post("/flows/graph")
async def graph_of_text(request: Request, engine: TheEngine) -> Response:
    """Return the graph of a flow that need not be saved; 422 when it is invalid."""
    text = await body_text(request)
    return JsonAnswer(await in_thread(_graph_of_text, engine, text, _expanded(request)))


@router.get("/flows/{namespace}/{flow_id}/graph")
async def graph_of_flow(namespace: str, flow_id: str, request: Request, engine: TheEngine) -> Response:
    """Return the graph of a saved flow; `subflows` are the uids of tasks to open."""
    flow = await in_thread(engine.flow, namespace, flow_id, integer(request, "revision"))
    expanded = _expanded(request)
    return JsonAnswer(await in_thread(lambda: flow_graph(flow, expanded=expanded, callee=_callee(engine))))


@router.get("/executions/{execution_id}/graph")
async def graph_of_execution(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """Return the graph of the revision that runs, with the task runs."""
    return JsonAnswer(await in_thread(_graph_of_execution, engine, execution_id, _expanded(request)))


@router.get("/flows/{namespace}/{flow_id}/dependencies")
async def dependencies_of_flow(namespace: str, flow_id: str, request: Request, engine: TheEngine) -> Response:
    """Return the flows this one starts and is started by; `expandAll` goes on from there."""
    await in_thread(engine.flow_row, namespace, flow_id)
    only_down = flag(request, "destinationOnly")
    everything = flag(request, "expandAll")

    def found() -> Json:
        edges = edges_between(engine.store.flows.latest())
        own = {(namespace, flow_id)}
        return topology_json(around(edges, own, only_down=only_down, everything=everything), own)

    return JsonAnswer(await in_thread(found))


@router.get("/namespaces/{namespace}/dependencies")
async def dependencies_of_namespace(namespace: str, request: Request, engine: TheEngine) -> Response:
    """Return the flows of a namespace and below it, with what they start and are started by."""
    only_down = flag(request, "destinationOnly")

    def found() -> Json:
        rows = engine.store.flows.latest()
        own = {
            (row.namespace, row.id): None
            for row in rows
            if row.namespace == namespace or row.namespace.startswith(f"{namespace}.")
        }
        edges = edges_between(rows)
        return topology_json(around(edges, set(own), only_down=only_down, everything=False), own)

    return JsonAnswer(await in_thread(found))


def _expanded(request: Request) -> frozenset[str]:
    return frozenset(request.query_params.getlist("subflows"))


def _graph_of_text(engine: Engine, text: str, expanded: frozenset[str]) -> dict[str, Json]:
    checked = engine.check(text)
    if checked.flow is None:
        raise FlowInvalid(checked.findings)
    return flow_graph(checked.flow, expanded=expanded, callee=_callee(engine))


def _graph_of_execution(engine: Engine, execution_id: str, expanded: frozenset[str]) -> dict[str, Json]:
    execution = engine.execution(execution_id)
    flow = engine.flow(execution.namespace, execution.flow_id, execution.flow_revision)
    return flow_graph(flow, execution=execution, expanded=expanded, callee=_callee(engine))


def _callee(engine: Engine) -> Callable[[TaskSpec], Flow | None]:
    def called(task: TaskSpec) -> Flow | None:
        named = task.properties
        if "flowId" not in named or "namespace" not in named:
            return None
        try:
            return engine.flow(str(named["namespace"]), str(named["flowId"]))
        except FlowsmithError:
            return None

    return called
