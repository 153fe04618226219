"""Halting at breakpoints: an execution stops before certain task runs until somebody lets it go on.

A task run that waits here is stored as BREAKPOINT; one that was there before is not stopped again. Nothing
else of the execution starts meanwhile; what runs may finish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.executor.live import LiveExecution, with_state
from engine.executor.pending import Pending
from engine.executor.step import Step
from engine.model.execution import TaskRun
from engine.model.state import State

if TYPE_CHECKING:
    from engine.executor.conductor import Conductor


def stops(live: LiveExecution, run: TaskRun) -> bool:
    """Whether the execution stops before this task run: its task is named, or that with the loop's value."""
    points = live.execution.breakpoints
    if not points or run.section == "after":
        return False
    named = run.task_id in points or (run.value is not None and f"{run.task_id}.{run.value}" in points)
    return named and not any(one.state is State.BREAKPOINT for one in run.history.passages)


def stop(conductor: Conductor, live: LiveExecution, run: TaskRun, step: Step) -> None:
    """Stop before a task run."""
    step.run(live, with_state(run, State.BREAKPOINT, step.now))
    conductor.settle(live, step)


def resume(conductor: Conductor, live: LiveExecution, breakpoints: Sequence[str] | None, step: Step) -> None:
    """Go on; with `breakpoints`, stop at these from now on."""
    if breakpoints is not None:
        step.execution(live, replace(live.execution, breakpoints=tuple(breakpoints)))
    waiting = sorted((live.runs[run_id] for run_id in live.stopped), key=lambda run: run.index)
    for run in waiting:
        step.run(live, with_state(run, State.CREATED, step.now))
        conductor.pending.append(Pending(live, run.id, "start"))
    for run_id, kind, detail in live.parked:
        conductor.pending.append(Pending(live, run_id, kind, detail))
    live.parked.clear()
    conductor.settle(live, step)
