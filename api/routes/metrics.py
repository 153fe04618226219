"""Metrics that tasks published."""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import TheEngine
from api.answer import JsonAnswer
from api.metric import aggregated, metric_json, metrics_of_flow
from api.paging import moment, read_search
from api.thread import in_thread

router = APIRouter(prefix="/metrics", tags=["metrics"])

DEFAULT_SPAN = timedelta(days=30)
_SORT = ("name", "taskId", "taskRunId", "timestamp", "type", "value")


@router.get("/names/{namespace}/{flow_id}")
async def metric_names(namespace: str, flow_id: str, engine: TheEngine) -> Response:
    """List the names of the metrics a flow published."""
    found = await in_thread(metrics_of_flow, engine, namespace, flow_id)
    return JsonAnswer(sorted({metric.name for metric in found}))


@router.get("/names/{namespace}/{flow_id}/{task_id}")
async def metric_names_of_task(namespace: str, flow_id: str, task_id: str, engine: TheEngine) -> Response:
    """List the names of the metrics a task published."""
    found = await in_thread(metrics_of_flow, engine, namespace, flow_id, task_id)
    return JsonAnswer(sorted({metric.name for metric in found}))


@router.get("/tasks/{namespace}/{flow_id}")
async def tasks_with_metrics(namespace: str, flow_id: str, engine: TheEngine) -> Response:
    """List the tasks of a flow that published metrics."""
    found = await in_thread(metrics_of_flow, engine, namespace, flow_id)
    return JsonAnswer(sorted({metric.task_id for metric in found}))


@router.get("/aggregates/{namespace}/{flow_id}/{metric}")
async def aggregate(
    namespace: str, flow_id: str, metric: str, request: Request, engine: TheEngine
) -> Response:
    """Return sums (or `aggregation` avg, min, max) of a metric of a flow, by hour or day."""
    return await _aggregate(engine, request, (namespace, flow_id, None), metric)


@router.get("/aggregates/{namespace}/{flow_id}/{task_id}/{metric}")
async def aggregate_of_task(
    namespace: str, flow_id: str, task_id: str, metric: str, request: Request, engine: TheEngine
) -> Response:
    """Return sums (or `aggregation` avg, min, max) of a metric of a task, by hour or day."""
    return await _aggregate(engine, request, (namespace, flow_id, task_id), metric)


@router.get("/{execution_id}")
async def metrics_of_execution(execution_id: str, request: Request, engine: TheEngine) -> Response:
    """List the metrics of an execution, in order of publication unless sorted otherwise."""
    search = read_search(request)
    query = request.query_params
    await in_thread(engine.execution, execution_id)
    rows = [
        metric_json(metric)
        for metric in await in_thread(engine.store.executions.metrics, execution_id)
        if query.get("taskRunId") in (None, metric.task_run_id)
        and query.get("taskId") in (None, metric.task_id)
    ]
    for field, down in reversed(search.sort):
        if field not in _SORT:
            raise HTTPException(422, f"sort: metrics have no field '{field}'; use one of {', '.join(_SORT)}")
        rows.sort(key=lambda row, field=field: row[field], reverse=down)  # type: ignore[misc]  # bound now
    shown = rows[search.offset : search.offset + search.size]
    return JsonAnswer({"results": shown, "total": len(rows)})


async def _aggregate(
    engine: TheEngine, request: Request, of: tuple[str, str, str | None], metric: str
) -> Response:
    start, end = _span(request, engine.clock())
    found = await in_thread(metrics_of_flow, engine, *of, since=start - timedelta(days=1))
    kind = request.query_params.get("aggregation", "sum").lower()
    return JsonAnswer(aggregated(found, metric, start, end, kind))


def _span(request: Request, now: datetime) -> tuple[datetime, datetime]:
    query = request.query_params
    end = moment(query["endDate"]) if query.get("endDate") else now
    return (moment(query["startDate"]) if query.get("startDate") else end - DEFAULT_SPAN), end
