"""Killing and leaving: nothing new starts, what waits is over, what runs is told to stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from engine.executor import calls
from engine.executor.live import ROOT, LiveExecution
from engine.executor.step import Step
from engine.model.log import Level
from engine.model.state import State

if TYPE_CHECKING:
    from engine.executor.conductor import Conductor

KILL_GRACE = timedelta(seconds=10)
"""How long a killed task may take to stop before it is left behind."""


def kill(conductor: Conductor, execution_id: str, step: Step, *, cascade: bool = True) -> None:
    """Kill an execution if it runs here and has not ended."""
    live = conductor.live.get(execution_id)
    if live is not None and not live.killing and not live.execution.state.ended:
        stop(conductor, live, State.KILLED, step, cascade=cascade)


def stop(
    conductor: Conductor, live: LiveExecution, state: State, step: Step, *, cascade: bool = True
) -> None:
    """End an execution in a state: nothing new starts, what runs is told to stop, children follow."""
    live.killing = live.leaving = True
    live.kill_state = state
    step.execution(live, replace(live.execution, stopping=None if state is State.KILLED else state))
    live.held = False
    live.stale.clear()
    conductor.set_state(live, State.KILLING, step)
    for frame in live.frames.values():
        frame.stop()
    for job in list(live.jobs.values()):
        step.after.append(job.ctx.cancel)
    children = [
        child for run in live.runs.values() if not run.state.ended for child in calls.children_of(run)
    ]
    if not live.frames:
        conductor.set_final(live, state, None, step)
    for run in list(live.runs.values()):
        if _waits(live, run.id) and not live.finished:
            conductor.kill_run(live, live.runs[run.id], step, None)
    root = live.frames.get(ROOT)
    if root is not None and not root.closed and root.open == 0:  # held by hand after its last task
        conductor.advance(live, ROOT, step)
    for child in children if cascade else ():
        if child in conductor.live:
            kill(conductor, child, step)
        else:
            conductor.kill_elsewhere(child)
    execution_id = live.id
    conductor.at(step.now + KILL_GRACE, lambda later: _grace_over(conductor, execution_id, later))


def _waits(live: LiveExecution, run_id: str) -> bool:
    """Whether nothing will ever end this task run but us: no worker has it, no child of it is open."""
    run = live.runs.get(run_id)
    if run is None or run.state.ended or run_id in live.jobs:
        return False
    frame = live.frames.get(run_id)
    return frame is None or frame.open == 0


def _grace_over(conductor: Conductor, execution_id: str, step: Step) -> None:
    live = conductor.live.get(execution_id)
    if live is None or live.finished or not live.killing:
        return
    for run_id, job in list(live.jobs.items()):
        run = live.runs.get(run_id)
        if run is not None and run.section != "after" and not run.state.ended:
            job.detached = True
            live.jobs.pop(run_id, None)
            step.log(live, run, Level.WARN, "The task did not stop in time; it was left behind")
            conductor.kill_run(live, run, step, None)


def leave(conductor: Conductor, live: LiveExecution, step: Step, *, by: str) -> None:
    """Start nothing more: what runs may finish, what waits is over. `by` is the task run that leaves."""
    live.leaving = True
    for frame in live.frames.values():
        frame.stop()
    for run in list(live.runs.values()):
        # A loop between two rounds is over as well; other flowables end with their children.
        over = run.branches is None or run.due is not None or run.state is State.PAUSED
        if run.id != by and over and _waits(live, run.id) and not calls.children_of(run):
            conductor.kill_run(live, live.runs[run.id], step, None)
