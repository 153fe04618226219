"""Metrics as clients read them, and their sums over time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from starlette.exceptions import HTTPException

from engine.engine import Engine
from engine.model.json import Json
from engine.model.log import Metric
from engine.model.moment import to_text

HOURLY = timedelta(days=2)
"""Up to this length a span of time is cut into hours, a longer one into days."""

AGGREGATIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
}


def metric_json(metric: Metric) -> dict[str, Json]:
    """Return one metric; timers in milliseconds."""
    return {
        "namespace": metric.namespace,
        "flowId": metric.flow_id,
        "taskId": metric.task_id,
        "executionId": metric.execution_id,
        "taskRunId": metric.task_run_id,
        "type": metric.kind,
        "name": metric.name,
        "value": value_of(metric),
        "timestamp": to_text(metric.timestamp) if metric.timestamp else None,
        "tags": metric.tags or None,
    }


def value_of(metric: Metric) -> float:
    """Return the number; timers in milliseconds."""
    return metric.value * 1000 if metric.kind == "timer" else metric.value


def metrics_of_flow(
    engine: Engine, namespace: str, flow_id: str, task_id: str | None = None, *, since: datetime | None = None
) -> list[Metric]:
    """Return the metrics of the executions of a flow that began since then, or those of one of its tasks."""
    found = engine.store.executions.metrics_of_flow(namespace, flow_id, started_after=since)
    return [metric for metric in found if task_id in (None, metric.task_id)]


def aggregated(
    metrics: Iterable[Metric], name: str, start: datetime, end: datetime, kind: str
) -> dict[str, Json]:
    """Return one number for every hour or day of [start, end]; none where nothing was measured."""
    if kind not in AGGREGATIONS:
        raise HTTPException(422, f"aggregation: '{kind}' is not known; use {', '.join(AGGREGATIONS)}")
    if start > end:
        raise HTTPException(422, "startDate is after endDate")
    hourly = end - start <= HOURLY
    groups: dict[datetime, list[float]] = {}
    for metric in metrics:
        if metric.name == name and metric.timestamp and start <= metric.timestamp <= end:
            groups.setdefault(_beginning(metric.timestamp, hourly), []).append(value_of(metric))
    return {
        "groupBy": "hour" if hourly else "day",
        "aggregations": [
            {"name": name, "value": AGGREGATIONS[kind](values), "date": to_text(date)}
            for date, values in sorted(groups.items())
        ],
    }


def _beginning(moment: datetime, hourly: bool) -> datetime:
    moment = moment.astimezone(UTC)
    return moment.replace(minute=0, second=0, microsecond=0, hour=moment.hour if hourly else 0)
