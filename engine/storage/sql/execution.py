"""Executions as rows: columns that are searched by, and `data` with all that is only read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from engine.model.execution import Execution, ExecutionTrigger, TaskRun
from engine.model.json import Json, loads
from engine.model.moment import from_text, to_text
from engine.model.state import State
from engine.storage.match import starter_of
from engine.storage.sql.database import Row
from engine.storage.sql.task_run import flat, history_from
from engine.storage.sql.text import json_from, json_or_null, json_text

COLUMNS = (
    "id, namespace, flow_id, flow_revision, state, start_date, end_date, duration_us, parent_id, "
    "trigger_execution_id, owner, labels, data, inputs, outputs, variables, started_by"
)
UPSERT = f"""INSERT INTO executions ({COLUMNS}) VALUES ({", ".join("?" * 17)})
    ON CONFLICT (id) DO UPDATE SET flow_revision = excluded.flow_revision, state = excluded.state,
    end_date = excluded.end_date, duration_us = excluded.duration_us, parent_id = excluded.parent_id,
    trigger_execution_id = excluded.trigger_execution_id, owner = excluded.owner, labels = excluded.labels,
    data = excluded.data, inputs = excluded.inputs, outputs = excluded.outputs,
    variables = excluded.variables, started_by = excluded.started_by"""
"""Namespace, flow and start date never change, so the index by start date is not touched again."""

_MICROSECOND = timedelta(microseconds=1)


def to_row(execution: Execution) -> Row:
    """Return the values of the columns."""
    history, trigger = execution.history, execution.trigger
    ended = history.ended
    data = json_text(
        (
            execution.original_id,
            execution.original_created,
            execution.attempt_number,
            execution.schedule_date,
            execution.kind,
            execution.breakpoints,
            flat(history),
            *(() if execution.stopping is None else (execution.stopping,)),
        )
    )
    return (
        execution.id,
        execution.namespace,
        execution.flow_id,
        execution.flow_revision,
        history.current.value,
        to_text(history.started),
        None if ended is None else to_text(ended),
        None if ended is None else (ended - history.started) // _MICROSECOND,
        execution.parent_id,
        starter_of(execution),
        execution.owner,
        json_text(execution.labels),
        data,
        json_or_null(execution.inputs),
        json_or_null(execution.outputs),
        json_or_null(execution.variables),
        None if trigger is None else json_text((trigger.id, trigger.type, trigger.variables)),
    )


def from_row(row: Any, task_runs: Iterable[TaskRun] = ()) -> Execution:
    """Read the columns."""
    id_, namespace, flow_id, revision, _, _, _, _, parent_id, _, owner, labels, data, *values = row
    original_id, created, attempt, schedule_date, kind, breakpoints, history, *more = loads(data)
    inputs, outputs, variables, started_by = (json_from(value) for value in values)
    return Execution(
        id=id_,
        namespace=namespace,
        flow_id=flow_id,
        flow_revision=revision,
        history=history_from(history),
        original_id=original_id,
        original_created=from_text(created),
        inputs=inputs,
        outputs=outputs,
        labels=loads(labels),
        variables=variables,
        parent_id=parent_id,
        trigger=_trigger(started_by),
        attempt_number=attempt,
        schedule_date=None if schedule_date is None else from_text(schedule_date),
        kind=kind,
        owner=owner,
        breakpoints=tuple(breakpoints),
        stopping=State(more[0]) if more else None,
        task_runs=tuple(task_runs),
    )


def _trigger(stored: Json) -> ExecutionTrigger | None:
    return None if stored is None else ExecutionTrigger(*stored)
