"""What clients of Kestra list and this service has not, answered as empty; and limits, which are counted."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine
from api.answer import JsonAnswer
from api.paging import read_search
from api.thread import in_thread
from engine.engine import Engine
from engine.model.json import Json
from engine.storage.ports import ACTIVE, ExecutionQuery

router = APIRouter(tags=["compatibility"])

_EMPTY: dict[str, Json] = {"results": [], "total": 0}


@router.get("/dashboards")
@router.get("/blueprints/{origin}/{kind}")
@router.get("/templates/search")
@router.get("/taskruns/search")
@router.get("/cases/search")
@router.get("/apps/search")
@router.get("/assets/search")
@router.get("/tests/search")
async def nothing_found() -> Response:
    """Return an empty page: there is none of these."""
    return JsonAnswer(_EMPTY)


@router.get("/blueprints/{origin}/{kind}/tags")
@router.get("/templates/distinct-namespaces")
@router.get("/ai/threads")
@router.post("/stats/executions/latest/group-by-flow")
@router.post("/stats/taskruns/daily")
async def nothing_listed() -> Response:
    """Return an empty list: there is none of these."""
    return JsonAnswer([])


@router.post("/stats/summary")
@router.get("/usages/all")
async def counters(engine: TheEngine) -> Response:
    """Return how many flows and executions there are."""
    return JsonAnswer(await in_thread(_counters, engine))


@router.get("/concurrency-limit/search")
async def search_limits(request: Request, engine: TheEngine) -> Response:
    """List the flows with a limit, and how many of their executions hold a place."""
    search = read_search(request)
    rows = await in_thread(_limits, engine)
    shown = rows[search.offset : search.offset + search.size]
    return JsonAnswer({"results": shown, "total": len(rows)})


@router.put("/concurrency-limit/{namespace}/{flow_id}")
async def set_limit(namespace: str, flow_id: str, engine: TheEngine) -> Response:
    """Refuse: running executions are counted, the count is not kept beside them and cannot be wrong."""
    await in_thread(engine.flow_row, namespace, flow_id)
    raise HTTPException(
        409,
        f"Executions of {namespace}.{flow_id} are counted when one starts; set `concurrency.limit`",
    )


def _counters(engine: Engine) -> dict[str, Json]:
    executions = engine.store.executions.search(ExecutionQuery(limit=1)).total
    rows = engine.store.flows.latest()
    return {
        "flows": {"count": len(rows), "namespacesCount": len({row.namespace for row in rows})},
        "executions": {"total": executions},
    }


def _limits(engine: Engine) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = []
    for row in engine.store.flows.latest():
        if "concurrency" not in row.source:
            continue
        flow = engine.flow(row.namespace, row.id)
        if flow.concurrency is None:
            continue
        query = ExecutionQuery(namespace=row.namespace, flow_id=row.id, states=ACTIVE, limit=1)
        running = engine.store.executions.search(query).total
        limit = {"limit": flow.concurrency.limit, "behavior": flow.concurrency.behavior}
        found.append({"namespace": row.namespace, "flowId": row.id, "running": running, **limit})
    return [{"tenantId": "main", **one} for one in found]
