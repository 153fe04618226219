"""Task runs as rows.

A row has a few columns that are searched by, and `data`, one JSON array with all that is only read: encoding
costs one call of orjson, binding eight values. A row is written when *its* task run changes, about three
times in its life, never when its children change; so `outputs` and `branches` are plain columns, rewritten
with the row. (The branches of a ForEach over 10,000 values: 0.3 ms, twice, in an execution of seconds;
a memory of what is already stored would be one more thing that can be wrong.)
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.model.branches import Branches
from engine.model.execution import Attempt, TaskRun
from engine.model.json import Json, loads
from engine.model.moment import from_text
from engine.model.state import History, Passage, State
from engine.storage.sql.database import Row
from engine.storage.sql.text import clean, json_text

COLUMNS = "id, execution_id, number, task_id, state, data, outputs, branches"
UPSERT = f"""INSERT INTO task_runs ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET number = excluded.number, state = excluded.state, data = excluded.data,
    outputs = excluded.outputs, branches = excluded.branches"""
"""The columns that say which task run it is never change, so their indexes are not touched again."""

_STATES = {state.value: state for state in State}


def flat(history: History) -> list[State | datetime]:
    """Write a history as state, date, state, date …"""
    flattened: list[State | datetime] = []
    for passage in history.passages:
        flattened.append(passage.state)
        flattened.append(passage.date)
    return flattened


def history_from(flattened: list[str]) -> History:
    """Read what `flat` wrote."""
    return History(
        tuple(
            Passage(_STATES[flattened[at]], from_text(flattened[at + 1]))
            for at in range(0, len(flattened), 2)
        )
    )


def to_row(run: TaskRun) -> Row:
    """Return the values of the columns."""
    data = json_text(
        (
            run.parent_id,
            run.section,
            run.value,
            run.iteration,
            run.due,
            run.dynamic,
            run.inner,
            flat(run.history),
            [(attempt.log_file, *flat(attempt.history)) for attempt in run.attempts],
        )
    )
    outputs, branches = run.outputs, run.branches
    return (
        run.id,
        run.execution_id,
        run.index,
        clean(run.task_id),
        run.history.passages[-1].state.value,
        data,
        None if outputs is None else json_text(outputs),
        None if branches is None else json_text(branches.to_json()),
    )


def from_row(row: Any) -> TaskRun:
    """Read the columns."""
    id_, execution_id, number, task_id, _, data, outputs, branches = row
    parent_id, section, value, iteration, due, dynamic, inner, history, attempts = loads(data)
    return TaskRun(
        id=id_,
        execution_id=execution_id,
        task_id=task_id,
        history=history_from(history),
        index=number,
        parent_id=parent_id,
        section=section,
        value=value,
        iteration=iteration,
        attempts=tuple(_attempt(attempt) for attempt in attempts),
        outputs=None if outputs is None else loads(outputs),
        branches=None if branches is None else Branches.from_json(loads(branches)),
        due=None if due is None else from_text(due),
        inner=inner,
        dynamic=dynamic,
    )


def _attempt(stored: list[Json]) -> Attempt:
    return Attempt(history_from(stored[1:]), stored[0])
