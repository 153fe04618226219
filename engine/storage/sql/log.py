"""Log entries and metrics as rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.model.json import Json, loads
from engine.model.log import Level, LogEntry, Metric
from engine.model.moment import from_text, to_text
from engine.storage.sql.database import Row
from engine.storage.sql.text import clean, json_text

LOG_COLUMNS = (
    "number, execution_id, timestamp, level, namespace, flow_id, task_id, task_run_id, attempt, trigger_id, "
    "thread, message"
)
INSERT_LOG = f"INSERT INTO logs ({LOG_COLUMNS}) VALUES ({', '.join('?' * 12)})"
INSERT_METRICS = """INSERT INTO metrics (execution_id, number, data)
    SELECT ?, COALESCE(MAX(number), 0) + 1, ? FROM metrics WHERE execution_id = ?"""
"""A row holds all metrics an execution published in one step."""

_LEVELS = tuple(Level)


def log_row(entry: LogEntry) -> Row:
    """Return the values of the columns."""
    return (
        entry.index,
        entry.execution_id,
        to_text(entry.timestamp),
        entry.level.rank,
        entry.namespace,
        entry.flow_id,
        entry.task_id,
        entry.task_run_id,
        entry.attempt,
        entry.trigger_id,
        entry.thread,
        clean(entry.message),
    )


def log_from(row: Any) -> LogEntry:
    """Read the columns."""
    number, execution_id, timestamp, level, namespace, flow_id, *rest = row
    task_id, task_run_id, attempt, trigger_id, thread, message = rest
    return LogEntry(
        namespace=namespace,
        flow_id=flow_id,
        execution_id=execution_id,
        timestamp=from_text(timestamp),
        level=_LEVELS[level],
        message=message,
        task_id=task_id,
        task_run_id=task_run_id,
        attempt=attempt,
        trigger_id=trigger_id,
        thread=thread,
        index=number,
    )


def metrics_row(execution_id: str, metrics: Iterable[Metric]) -> Row:
    """Return the values for `INSERT_METRICS`."""
    return (execution_id, json_text([_flat(metric) for metric in metrics]), execution_id)


def _flat(metric: Metric) -> tuple[object, ...]:
    return (
        metric.name,
        metric.kind,
        metric.value,
        metric.tags,
        metric.namespace,
        metric.flow_id,
        metric.task_id,
        metric.task_run_id,
        metric.timestamp,
    )


def metrics_from(execution_id: str, data: str) -> list[Metric]:
    """Read the data column; rows of the first version hold one metric."""
    stored = loads(data)
    return [_metric(execution_id, one) for one in (stored if isinstance(stored[0], list) else [stored])]


def _metric(execution_id: str, flat: list[Json]) -> Metric:
    name, kind, value, tags, namespace, flow_id, task_id, task_run_id, timestamp = flat
    return Metric(
        name=name,
        kind=kind,
        value=value,
        tags=tags,
        namespace=namespace,
        flow_id=flow_id,
        execution_id=execution_id,
        task_id=task_id,
        task_run_id=task_run_id,
        timestamp=None if timestamp is None else from_text(timestamp),
    )
