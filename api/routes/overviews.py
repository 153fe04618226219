"""Executions from farther away: the latest of each flow, what can be run, tables, counts."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta

from fastapi import APIRouter, Request
from sse_starlette import ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine, TheFollowers
from api.answer import JsonAnswer
from api.body import json_body
from api.find import SCAN, field_of, find_executions
from api.follow import follow_execution, is_over
from api.followers import Followers, Stopping
from api.paging import MAX_SIZE, Search, integer, read_search
from api.shape import flow_json
from api.sse import farewell, frame, stream
from api.tenant import TENANT
from api.thread import in_thread
from engine.engine import Engine
from engine.errors import NotFound
from engine.model.duration import duration_text
from engine.model.execution import Execution
from engine.model.json import Json
from engine.model.moment import to_text
from engine.storage.ports import ExecutionQuery, FlowRow

router = APIRouter(prefix="/executions", tags=["executions"])

RECENT = 100
"""How many ended executions an average is made of."""

_OF_TASK = ("id", "type", "version", "inputs", "subflowId")
_FIELDS = {"FLOW_ID": "flowId", "EXECUTION_ID": "id", "TRIGGER_ID": "triggerId", "QUERY": "q"}


@router.post("/latest")
async def latest_executions(request: Request, engine: TheEngine) -> Response:
    """Return the newest execution of each flow of the body, like `[{namespace, id}]`."""
    body = await json_body(request)
    if not isinstance(body, list) or not all(isinstance(one, dict) and one.get("namespace") for one in body):
        raise HTTPException(422, 'Send a JSON list like [{"namespace": "demo", "id": "hello"}]')
    return JsonAnswer(await in_thread(_latest, engine, body))


@router.get("/flows/{namespace}/{flow_id}")
async def flow_to_run(namespace: str, flow_id: str, request: Request, engine: TheEngine) -> Response:
    """Return a flow without the private properties of its tasks."""
    row = await in_thread(engine.flow_row, namespace, flow_id, integer(request, "revision"))
    return JsonAnswer(await in_thread(for_execution, row))


@router.get("/namespaces/{namespace}/flows")
async def flows_to_run(namespace: str, engine: TheEngine) -> Response:
    """List the flows of a namespace without the private properties of their tasks."""
    rows = await in_thread(engine.store.flows.latest)
    return JsonAnswer([for_execution(row) for row in rows if row.namespace == namespace and not row.disabled])


@router.get("/namespaces/{namespace}/flows/{flow_id}/average-duration")
async def average_duration(namespace: str, flow_id: str, engine: TheEngine) -> Response:
    """Return how long the newest ended executions took on average."""
    query = ExecutionQuery(namespace=namespace, flow_id=flow_id, limit=RECENT)
    page = await in_thread(engine.store.executions.search, query)
    times = [one.history.duration(engine.clock()) for one in page.results if one.state.ended]
    average = sum(times, timedelta()) / len(times) if times else None
    return JsonAnswer(
        {"count": len(times), "averageDuration": None if average is None else duration_text(average)}
    )


@router.get("/distinct-field-values")
async def distinct_values(field: str, request: Request, engine: TheEngine) -> Response:
    """List the values a field of the executions found has, sorted."""
    search = read_search(request, groups=True)
    size = min(integer(request, "size") or 100, MAX_SIZE)
    name = _FIELDS.get(field.upper(), field if not field.isupper() else field.lower())
    found = await in_thread(_all, engine, search)
    values = {str(value) for one in found if (value := field_of(one, name)) is not None}
    return JsonAnswer(sorted(values)[:size])


@router.get("/export/by-query/csv")
async def export_table(request: Request, engine: TheEngine) -> Response:
    """Return the executions found as a table."""
    found = await in_thread(_all, engine, read_search(request, groups=True))
    headers = {"Content-Disposition": 'attachment; filename="executions.csv"'}
    return Response(await in_thread(_table, found), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/{execution_id}/flow")
async def flow_of_execution(execution_id: str, engine: TheEngine) -> Response:
    """Return the revision that runs, without the private properties of its tasks."""
    one = await in_thread(engine.execution, execution_id)
    row = await in_thread(engine.flow_row, one.namespace, one.flow_id, one.flow_revision)
    return JsonAnswer(await in_thread(for_execution, row))


@router.get("/{execution_id}/follow-dependencies")
async def follow_dependencies(execution_id: str, followers: TheFollowers) -> Response:
    """Stream the state of the execution and, when it has ended, of those it started."""
    followers.refuse_if_full()
    return stream(_frames(followers, execution_id))


async def _frames(followers: Followers, execution_id: str) -> AsyncIterator[ServerSentEvent]:
    yield frame("start", {"executionId": execution_id})
    try:
        async for execution in follow_execution(followers, execution_id):
            yield frame("progress", _status(execution))
            if is_over(execution):
                query = ExecutionQuery(trigger_execution_id=execution_id, limit=MAX_SIZE)
                page = await in_thread(followers.engine.store.executions.search, query)
                for child in page.results:
                    yield frame("progress", _status(child))
                yield frame("end", _status(execution))
    except NotFound as error:
        yield frame("error", {"executionId": execution_id, "message": error.message})
    except Stopping:
        yield farewell()


def for_execution(row: FlowRow) -> dict[str, Json]:
    """Return a flow with tasks and triggers reduced to what a form to run it needs."""
    flow = flow_json(row)
    kept = (
        "tenantId",
        "id",
        "namespace",
        "revision",
        "description",
        "inputs",
        "outputs",
        "labels",
        "disabled",
    )
    reduced: dict[str, Json] = {key: flow[key] for key in (*kept, "variables", "deleted") if key in flow}
    for section in ("tasks", "errors", "finally", "afterExecution"):
        if isinstance(flow.get(section), list):
            reduced[section] = [_task(task) for task in flow[section] if isinstance(task, dict)]
    triggers = flow.get("triggers")
    if isinstance(triggers, list):
        names = ("id", "type", "version")
        reduced["triggers"] = [{n: one[n] for n in names if n in one} for one in triggers]
    return reduced


def _task(task: dict[str, Json]) -> dict[str, Json]:
    reduced: dict[str, Json] = {name: task[name] for name in _OF_TASK if name in task}
    inside = task.get("tasks")
    if isinstance(inside, list):
        reduced["tasks"] = [_task(one.get("task", one)) for one in inside if isinstance(one, dict)]
    return reduced


def _latest(engine: Engine, names: list[dict[str, Json]]) -> list[dict[str, Json]]:
    found = []
    for name in names:
        query = ExecutionQuery(namespace=str(name["namespace"]), flow_id=name.get("id"), limit=1)
        for one in engine.store.executions.search(query).results:
            start = to_text(one.history.started)
            row = {"id": one.id, "flowId": one.flow_id, "namespace": one.namespace}
            found.append({**row, "startDate": start, "status": one.state})
    return found


def _all(engine: Engine, search: Search) -> list[Execution]:
    return find_executions(engine.store.executions, search.everything(SCAN)).results


def _status(execution: Execution) -> dict[str, Json]:
    return {
        "executionId": execution.id,
        "tenantId": TENANT,
        "namespace": execution.namespace,
        "flowId": execution.flow_id,
        "state": {"current": execution.state},
    }


def _table(executions: list[Execution]) -> str:
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    head = [
        "id",
        "namespace",
        "flowId",
        "flowRevision",
        "state",
        "startDate",
        "endDate",
        "labels",
        "triggerId",
    ]
    writer.writerow(head)
    for one in executions:
        ended = one.history.ended
        labels = ",".join(f"{key}:{value}" for key, value in one.labels.items())
        known = [one.id, one.namespace, one.flow_id, one.flow_revision, one.state]
        dates = [to_text(one.history.started), to_text(ended) if ended else ""]
        writer.writerow([*known, *dates, labels, one.trigger.id if one.trigger else ""])
    return table.getvalue()
