"""The variables templates see, for a task run, a flow and a trigger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.executor.live import LiveExecution
from engine.model.execution import Execution, TaskRun
from engine.model.flow import TaskSpec
from engine.model.json import Json
from engine.model.label import nested
from engine.model.state import State
from engine.plugin.context import World


def of_execution(live: LiveExecution, world: World) -> dict[str, Json]:
    """Return the variables every template of the execution sees."""
    execution = live.execution
    variables: dict[str, Json] = {
        "flow": live.flow.variables,
        "execution": _execution(execution),
        "outputs": live.outputs,
        "tasks": live.task_states,
        "labels": nested(execution.labels),
        "envs": world.environment,
        "globals": world.settings.get("globals") or {},
        "kestra": world.settings.get("kestra") or {},
    }
    if live.inputs:
        variables["inputs"] = live.inputs
    declared = execution.variables if execution.variables is not None else live.flow.flow.variables
    if declared:
        variables["vars"] = declared
    if execution.trigger is not None:
        variables["trigger"] = execution.trigger.variables
        if execution.trigger.type.endswith(".Schedule"):
            variables["schedule"] = execution.trigger.variables
    return variables


def of_task_run(live: LiveExecution, run: TaskRun, spec: TaskSpec, world: World) -> dict[str, Json]:
    """Return the variables of a task run: those of its execution, and where it stands."""
    variables = of_execution(live, world)
    variables["task"] = {"id": spec.id, "type": spec.type}
    variables["taskrun"] = _task_run(run)
    items = _items(live, run)
    if items:
        variables["outputs"] = live.outputs_for(run)
        variables["item"] = items[0]
    parents = _parents(live, run)
    variables["parents"] = parents
    if parents:
        variables["parent"] = parents[0]
    return variables


def of_flow(flow_variables: Mapping[str, Json], labels: Mapping[str, str], world: World) -> dict[str, Json]:
    """Return what is known before an execution exists: input defaults, trigger properties, checks."""
    return {
        "flow": flow_variables,
        "labels": nested(dict(labels)),
        "envs": world.environment,
        "globals": world.settings.get("globals") or {},
        "kestra": world.settings.get("kestra") or {},
    }


def attempts_made(run: TaskRun) -> int:
    """Count the attempts that ended by themselves; those cut off by a crash are tried again for free."""
    return sum(1 for attempt in run.attempts if attempt.state.ended and attempt.state is not State.KILLED)


def _execution(execution: Execution) -> dict[str, Json]:
    known: dict[str, Json] = {
        "id": execution.id,
        "startDate": _millis(execution.history.started),
        "originalId": execution.original_id,
        "state": str(execution.state),
    }
    if execution.outputs is not None:
        known["outputs"] = execution.outputs
    ended: datetime | None = execution.history.ended
    if ended is not None:
        known["endDate"] = ended
    return known


def _task_run(run: TaskRun) -> dict[str, Json]:
    known: dict[str, Json] = {
        "id": run.id,
        "startDate": run.history.started,
        "attemptsCount": attempts_made(run),
    }
    if run.parent_id is not None:
        known["parentId"] = run.parent_id
    if run.value is not None:
        known["value"] = run.value
    if run.iteration is not None:
        known["iteration"] = run.iteration
    return known


def _items(live: LiveExecution, run: TaskRun) -> list[Json]:
    """Return the present elements of the loops around, nearest first; each knows those further out."""
    found: list[Json] = []
    for iteration in reversed(live.items(run)):
        entry: dict[str, Json] = {"value": iteration.value, "index": iteration.iteration, "parents": found}
        loop = live.runs[iteration.parent_id] if iteration.parent_id else None
        if loop is not None and loop.branches is not None and loop.branches.keys:
            entry["key"] = loop.branches.keys[iteration.iteration or 0]
        if found:
            entry["parent"] = found[0]
        found = [entry, *found]
    return found


def _parents(live: LiveExecution, run: TaskRun) -> list[Json]:
    """Ancestors with a value or outputs, nearest first."""
    found: list[Json] = []
    for ancestor in live.ancestors(run):
        if live.flow.isolates(ancestor.task_id):
            break
        entry: dict[str, Json] = {}
        if ancestor.value is not None:
            entry["taskrun"] = {"value": ancestor.value}
            if ancestor.iteration is not None:
                entry["taskrun"]["iteration"] = ancestor.iteration
        if ancestor.outputs:
            entry["outputs"] = ancestor.outputs
        if entry:
            found.append(entry)
    return found


def _millis(moment: datetime) -> datetime:
    """Cut to milliseconds, as the start of an execution prints."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
