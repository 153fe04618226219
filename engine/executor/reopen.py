"""Reopening: restart, replay and a corrected state, as pure changes of an execution's rows.

Each returns an `Opening`: the execution and its task runs as they should be stored, and the task runs to
drop. Loading and planning it is the same as recovery after a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from engine.errors import Conflict, FlowError, NotFound
from engine.model.branches import Branches
from engine.model.execution import Attempt, Execution, TaskRun
from engine.model.flow import Flow
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.state import History, State

RESTARTED_LABEL = "system.restarted"
REPLAYED_LABEL = "system.replayed"


class NothingToRestart(FlowError):
    """The execution has no failed or paused task run."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Rows to store before the execution is taken up again."""

    execution: Execution
    runs: tuple[TaskRun, ...]
    dropped: frozenset[str] = frozenset()
    known: Execution | None = None
    """The execution as it was read, which the rows replace; None for a new one."""


def restart(execution: Execution, now: datetime) -> Opening:
    """Run the failed task runs again; what succeeded is kept.

    Raises Conflict while it runs, NothingToRestart when no task run failed.
    """
    if not (execution.state.ended or execution.state is State.PAUSED):
        raise Conflict(
            f"Execution must be terminated to be restarted, current state is '{execution.state}' !"
        )
    runs = {run.id: run for run in execution.task_runs}
    wanted = {_whole(runs, run.id) for run in runs.values() if run.state in (State.FAILED, State.PAUSED)}
    parents = {id_ for run_id in wanted for id_ in _above(runs, run_id)}
    again = {id_ for id_ in wanted - parents if _in_tasks(runs, id_)}
    if not again:
        raise NothingToRestart("No task found to restart execution from!")
    opened = {id_ for run_id in again for id_ in _above(runs, run_id)}
    dropped = _with_children(runs, {run.id for run in runs.values() if run.section != "tasks"})
    dropped |= _with_children(runs, again) - again
    kept = tuple(
        _reopened(run, now, again=run.id in again, opened=run.id in opened)
        for run in runs.values()
        if run.id not in dropped
    )
    return Opening(_restarted(execution, now), kept, frozenset(dropped), execution)


def replay(
    execution: Execution,
    flow: Flow,
    now: datetime,
    *,
    task_run_id: str | None = None,
) -> Opening:
    """Return a new execution that repeats this one, from a task run on if one is named.

    Earlier task runs are copied with new ids and their outputs. Raises NotFound.
    """
    fresh = Execution(
        id=new_id(),
        namespace=execution.namespace,
        flow_id=execution.flow_id,
        flow_revision=flow.revision,
        history=History.begin(State.CREATED, now),
        original_id=execution.original_id,
        original_created=execution.original_created,
        inputs=execution.inputs,
        labels={**execution.labels, REPLAYED_LABEL: "true"},
        variables=execution.variables if task_run_id else None,
        parent_id=execution.id,
        trigger=execution.trigger,
        attempt_number=execution.attempt_number,
    )
    if task_run_id is None:
        return Opening(fresh, ())
    runs = {run.id: run for run in execution.task_runs}
    if task_run_id not in runs:
        raise NotFound(f"Task run {task_run_id} does not exist in execution {execution.id}")
    task_run_id = _whole(runs, task_run_id)
    opened = set(_above(runs, task_run_id))
    dropped = _after(runs, flow, task_run_id, opened)
    kept = [run for run in runs.values() if run.id not in dropped]
    ids = {run.id: new_id() for run in kept}
    copies = tuple(
        replace(
            _reopened(run, now, again=run.id == task_run_id, opened=run.id in opened),
            id=ids[run.id],
            execution_id=fresh.id,
            parent_id=ids[run.parent_id] if run.parent_id else None,
        )
        for run in kept
    )
    return Opening(replace(fresh, history=fresh.history.then(State.RESTARTED, now)), copies)


def with_run_state(
    execution: Execution, flow: Flow, task_run_id: str, state: State, now: datetime
) -> Opening:
    """Say that a task run ended in another state, and go on after it; raises NotFound or Conflict."""
    runs = {run.id: run for run in execution.task_runs}
    run = runs.get(task_run_id)
    if run is None:
        raise NotFound(f"Task run {task_run_id} does not exist in execution {execution.id}")
    if not (execution.state.ended or execution.state is State.PAUSED):
        raise Conflict(f"Execution {execution.id} is {execution.state}; wait for its end first")
    if not state.ended:
        raise Conflict(f"A task run cannot be given the state {state}; use one in which it has ended")
    opened = set(_above(runs, task_run_id))
    dropped = _after(runs, flow, task_run_id, opened)
    attempts = run.attempts
    if attempts:
        attempts = (*attempts[:-1], Attempt(attempts[-1].history.then(state, now)))
    corrected = replace(run, history=run.history.then(state, now), attempts=attempts, due=None)
    kept = tuple(
        corrected if one.id == task_run_id else _reopened(one, now, again=False, opened=one.id in opened)
        for one in runs.values()
        if one.id not in dropped
    )
    return Opening(_restarted(execution, now), kept, frozenset(dropped), execution)


def _restarted(execution: Execution, now: datetime) -> Execution:
    return replace(
        execution,
        history=execution.history.then(State.RESTARTED, now),
        attempt_number=execution.attempt_number + 1,
        labels={**execution.labels, RESTARTED_LABEL: "true"},
        outputs=None,
        stopping=None,
        task_runs=(),
    )


def _reopened(run: TaskRun, now: datetime, *, again: bool, opened: bool) -> TaskRun:
    if again:
        history = run.history.then(State.RESTARTED, now)
        return replace(run, history=history, outputs=None, branches=None, due=None, inner=_call(run))
    if opened and run.state is not State.PAUSED:
        return replace(run, history=run.history.then(State.RUNNING, now))
    return run


def _call(run: TaskRun) -> dict[str, Json] | None:
    """A subflow's task run remembers what it started, so that a restart can restart that."""
    inner = run.inner or {}
    if "children" in inner:
        return {"restart": inner["children"]}
    return {"restart": inner["executionId"]} if "executionId" in inner else None


def _above(runs: dict[str, TaskRun], run_id: str) -> list[str]:
    found = []
    parent = runs[run_id].parent_id
    while parent is not None:
        found.append(parent)
        parent = runs[parent].parent_id
    return found


def _whole(runs: dict[str, TaskRun], run_id: str) -> str:
    """Return the group the task run can only be run again with, because it shares a folder; or itself."""
    units = [one for one in _above(runs, run_id) if (runs[one].inner or {}).get("unit")]
    return units[-1] if units else run_id


def _in_tasks(runs: dict[str, TaskRun], run_id: str) -> bool:
    return all(runs[id_].section == "tasks" for id_ in (run_id, *_above(runs, run_id)))


def _with_children(runs: dict[str, TaskRun], ids: Iterable[str]) -> set[str]:
    found = set(ids)
    for run in sorted(runs.values(), key=lambda run: run.index):
        if run.parent_id in found:
            found.add(run.id)
    return found


def _after(runs: dict[str, TaskRun], flow: Flow, run_id: str, opened: set[str]) -> set[str]:
    """Everything that comes after a task run in its own scope and in the scopes above; its children too."""
    later = {run.id for run in runs.values() if run.parent_id == run_id}
    for one in (run_id, *opened):
        follows = _follows(runs, flow, runs[one])
        later |= {run.id for run in runs.values() if run.parent_id == runs[one].parent_id and follows(run)}
    return _with_children(runs, later)


def _follows(runs: dict[str, TaskRun], flow: Flow, run: TaskRun) -> Callable[[TaskRun], bool]:
    branches = runs[run.parent_id].branches if run.parent_id else Branches.sequence(flow.tasks)

    def later(other: TaskRun) -> bool:
        if other.id == run.id:
            return False
        if other.section != run.section:
            return other.section != "tasks"
        if branches is None or branches.kind == "sequence" or run.section != "tasks":
            return other.index > run.index
        if branches.kind == "dag":
            return other.task_id in _dependants(branches, run.task_id)
        if branches.kind == "parallel" or branches.flat:
            return False
        return other.index > run.index and (other.value == run.value or branches.limit == 1)

    return later


def _dependants(branches: Branches, task_id: str) -> set[str]:
    found: set[str] = set()
    edge = {task_id}
    while edge:
        edge = {task for task, needed in branches.after.items() if edge & set(needed)} - found
        found |= edge
    return found
