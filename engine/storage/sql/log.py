"""Log entries and metrics as rows."""

from __future__ import annotations

from typing import Any

from engine.model.json import loads
from engine.model.log import Level, LogEntry, Metric
from engine.model.moment import from_text, to_text
from engine.storage.sql.database import Row
from engine.storage.sql.text import clean, json_text

LOG_COLUMNS = (
    "number, execution_id, timestamp, level, namespace, flow_id, task_id, task_run_id, attempt, trigger_id, "
    "thread, message"
)
INSERT_LOG = f"INSERT INTO logs ({LOG_COLUMNS}) VALUES ({', '.join('?' * 12)})"
INSERT_METRIC = "INSERT INTO metrics (execution_id, number, data) VALUES (?, ?, ?)"

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


def metric_text(metric: Metric) -> str:
    """Return the data column."""
    return json_text(
        (
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
    )


def metric_from(execution_id: str, data: str) -> Metric:
    """Read the data column."""
    name, kind, value, tags, namespace, flow_id, task_id, task_run_id, timestamp = loads(data)
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
