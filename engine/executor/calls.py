"""Calls: task runs that start other executions, and hear of their ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.executor import recovery
from engine.executor.job import Called, CalledMany
from engine.executor.live import LiveExecution
from engine.executor.pending import Pending
from engine.executor.step import Step
from engine.model.execution import Execution, TaskRun
from engine.model.json import Json
from engine.model.log import Level
from engine.model.state import State

if TYPE_CHECKING:
    from engine.executor.conductor import Conductor


def called(conductor: Conductor, live: LiveExecution, run: TaskRun, outcome: Called, step: Step) -> None:
    """Start one execution and wait for it, if the task wants that."""
    call = outcome.call
    child = outcome.birth.execution
    inner = {"executionId": child.id, "wait": call.wait, "transmit": call.transmit_failed}
    run = replace(run, inner=inner, outputs={"executionId": child.id})
    step.run(live, run)
    live.publish_outputs(run)
    if call.wait:
        conductor.callers[child.id] = (live.id, run.id)
    if outcome.opening:
        recovery.reopen(conductor, outcome.opening, outcome.birth.flow, step)
    else:
        conductor.born(outcome.birth, step)
    if not call.wait:
        _returned(conductor, live, run, child, transmit=False)


def called_many(
    conductor: Conductor, live: LiveExecution, run: TaskRun, outcome: CalledMany, step: Step
) -> None:
    """Start many executions and wait for all of them, if the task wants that."""
    ids = [child.execution_id for child in outcome.children]
    inner = {"children": ids, "wait": outcome.wait, "transmit": outcome.transmit}
    run = replace(run, inner=inner)
    step.run(live, run)
    if outcome.wait:
        live.counts[run.id] = Counter()
        conductor.callers.update((child, (live.id, run.id)) for child in ids)
    kept = []
    for child in outcome.children:
        if child.birth is not None:
            conductor.born(child.birth, step)
        elif child.opening is not None:
            recovery.reopen(conductor, *child.opening, step)
        else:
            kept.append(conductor.find(child.execution_id))
    for known in kept:
        if outcome.wait and known is not None and known.state.ended:
            ended(conductor, known, step)
    if not outcome.wait or not ids:
        _all_returned(conductor, live, run, Counter({str(State.CREATED): len(ids)} if ids else {}))


def ended(conductor: Conductor, child: Execution, step: Step) -> None:
    """Tell the task run that waits for this execution, if there is one."""
    caller = conductor.callers.pop(child.id, None)
    live = conductor.live.get(caller[0]) if caller else None
    run = live.runs.get(caller[1]) if caller and live else None
    if live is None or run is None or run.state.ended:
        return
    inner = run.inner or {}
    if "children" not in inner:
        _returned(conductor, live, run, child, transmit=bool(inner.get("transmit", True)))
        return
    counts = live.counts[run.id]
    counts[str(child.state)] += 1
    if counts.total() == len(inner["children"]):
        _all_returned(conductor, live, run, counts)


def take_up(
    conductor: Conductor, live: LiveExecution, run: TaskRun, inner: Mapping[str, Json], step: Step
) -> None:
    """Wait on after a restart; ends that were missed meanwhile count."""
    if "children" in inner:
        live.counts[run.id] = Counter()
        for child_id in inner["children"]:
            conductor.callers[child_id] = (live.id, run.id)
        for child_id in inner["children"]:
            child = conductor.find(child_id)
            if child is not None and (child.state.ended or not inner.get("wait", True)):
                ended(conductor, child, step)
        return
    child = conductor.find(inner["executionId"])
    if child is None:
        step.log(live, run, Level.ERROR, f"Execution {inner['executionId']} is gone")
        conductor.end_run(live, run, State.FAILED, step)
    elif not inner.get("wait", True):
        _returned(conductor, live, run, child, transmit=False)
    elif child.state.ended:
        _returned(conductor, live, run, child, transmit=bool(inner.get("transmit", True)))
    else:
        conductor.callers[child.id] = (live.id, run.id)


def children_of(run: TaskRun) -> list[str]:
    """Return the executions a task run started."""
    inner = run.inner or {}
    return [*inner.get("children", ()), *([inner["executionId"]] if "executionId" in inner else ())]


def _returned(
    conductor: Conductor, live: LiveExecution, run: TaskRun, child: Execution, *, transmit: bool
) -> None:
    detail = {
        "executionId": child.id,
        "state": str(child.state),
        "outputs": child.outputs,
        "transmit": transmit,
    }
    conductor.pending.append(Pending(live, run.id, "returned", detail))


def _all_returned(conductor: Conductor, live: LiveExecution, run: TaskRun, counts: Counter[str]) -> None:
    inner = run.inner or {}
    detail = {
        "children": inner["children"],
        "states": dict(counts),
        "transmit": inner["transmit"] and inner["wait"],
    }
    conductor.pending.append(Pending(live, run.id, "returned", detail))
