"""Triggers: what starts flows by itself, and when next."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.access import TheEngine
from api.answer import JsonAnswer
from api.paging import read_search
from api.tenant import TENANT
from api.thread import in_thread
from engine.engine import Engine
from engine.model.json import Json
from engine.model.moment import to_text
from engine.source.document import read_document
from engine.storage.ports import FlowRow, TriggerState

router = APIRouter(prefix="/triggers", tags=["triggers"])


@router.get("/search")
async def search_triggers(request: Request, engine: TheEngine) -> Response:
    """List triggers with their declarations and states."""
    search = read_search(request)
    namespace = search.take("namespace", "EQUALS", "PREFIX", "STARTS_WITH")
    flow_id = search.take("flowId", "EQUALS")
    words = (search.take("q", "EQUALS", "CONTAINS") or "").lower()
    rows = [
        row
        for row in await in_thread(_rows, engine, namespace, flow_id)
        if words in f"{row['state']['namespace']}.{row['state']['flowId']}.{row['trigger']['id']}".lower()
    ]
    shown = rows[search.offset : search.offset + search.size]
    return JsonAnswer({"results": shown, "total": len(rows)})


@router.get("/{namespace}/{flow_id}")
async def flow_triggers(namespace: str, flow_id: str, request: Request, engine: TheEngine) -> Response:
    """List the triggers of a flow, one flat row each."""
    search = read_search(request)
    rows = await in_thread(_rows, engine, namespace, flow_id)
    flat = [{**row["trigger"], **row["state"]} for row in rows if row["state"]["namespace"] == namespace]
    return JsonAnswer({"results": flat[search.offset : search.offset + search.size], "total": len(flat)})


def _rows(engine: Engine, namespace: str | None, flow_id: str | None) -> list[dict[str, Json]]:
    states = {state.key: state for state in engine.store.triggers.all()}
    return [
        _row(flow, declared, states.get((flow.namespace, flow.id, str(declared["id"]))))
        for flow in engine.store.flows.latest()
        if (not namespace or flow.namespace == namespace or flow.namespace.startswith(f"{namespace}."))
        and (not flow_id or flow.id == flow_id)
        for declared in _declared(flow)
    ]


def _declared(flow: FlowRow) -> Iterator[dict[str, Json]]:
    data = read_document(flow.source).data
    triggers = data.get("triggers") if isinstance(data, dict) else None
    for declared in triggers if isinstance(triggers, list) else []:
        if isinstance(declared, dict) and "id" in declared:
            yield declared


def _row(flow: FlowRow, declared: dict[str, Json], state: TriggerState | None) -> dict[str, Json]:
    known: dict[str, Json] = {
        "tenantId": TENANT,
        "namespace": flow.namespace,
        "flowId": flow.id,
        "triggerId": declared["id"],
        "updatedAt": to_text(state.updated if state else flow.updated),
        "disabled": bool(declared.get("disabled")) or bool(state and state.disabled),
    }
    if state is not None:
        following = to_text(state.next_date) if state.next_date else None
        known |= {
            "kind": state.kind,
            "date": to_text(state.last_date) if state.last_date else None,
            "nextExecutionDate": following,
            "nextEvaluationDate": following,
            "lastTriggeredDate": to_text(state.last_triggered) if state.last_triggered else None,
            "executionId": state.execution_id,
            "backfill": state.backfill,
        }
    return {"abstractTrigger": declared, "triggerContext": known, "trigger": declared, "state": known}
