"""Waking: waits that end by a date or by a person, pauses by hand, and time limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.executor import effect, killing
from engine.executor.job import Ended, Job
from engine.executor.live import LiveExecution, waits_with_tasks, with_state
from engine.executor.pending import Pending
from engine.executor.step import Step
from engine.model.execution import TaskRun
from engine.model.json import Json
from engine.model.log import Level
from engine.model.state import State

if TYPE_CHECKING:
    from engine.executor.conductor import Conductor


def await_date(conductor: Conductor, live: LiveExecution, run: TaskRun) -> None:
    """Set the timer of a waiting task run."""
    if run.due is not None:
        conductor.at(run.due, _due(conductor, live.id, run))


def _due(conductor: Conductor, execution_id: str, waiting: TaskRun) -> Callable[[Step], None]:
    def apply(step: Step) -> None:
        live = conductor.live.get(execution_id)
        run = live.runs.get(waiting.id) if live else None
        if run is not None and run.due == waiting.due:  # it may wait for another date by now
            wake(conductor, execution_id, run.id, None, step)

    return apply


def wake(conductor: Conductor, execution_id: str, run_id: str, resumed: Json, step: Step) -> None:
    """End a wait: its date has come, or somebody resumed it."""
    live = conductor.live.get(execution_id)
    run = live.runs.get(run_id) if live else None
    if live is None or run is None or run.state not in (State.RUNNING, State.PAUSED) or run.id in live.jobs:
        return
    inner = run.inner or {}
    if run.branches is not None and not waits_with_tasks(run):
        effect.next_round(conductor, live, run, step)
        return
    paused = run.state is State.PAUSED
    run = replace(run, due=None)
    if paused:
        run = with_state(run, State.RUNNING, step.now)
    step.run(live, run)
    if paused:
        conductor.settle(live, step)
    if inner.get("cancel") and resumed is None:
        live.exit_state = State.CANCELLED
        live.endings[run.id] = State.CANCELLED
        killing.leave(conductor, live, step, by=run.id)
        if run.id not in live.frames or live.frames[run.id].open == 0:
            conductor.end_run(live, run, State.CANCELLED, step)
        return
    then = str(State.SUCCESS) if resumed is not None else inner.get("then", "SUCCESS")
    detail = {"then": then, "resumed": resumed}
    # Remembered over a crash: nobody resumes twice, and the tasks of a Pause may take a while.
    step.run(live, replace(run, inner={**inner, "woken": detail}))
    conductor.pending.append(Pending(live, run.id, "woken", detail))


def pause(conductor: Conductor, live: LiveExecution, step: Step) -> None:
    """Start nothing new until resumed; what runs may finish."""
    live.held = True
    conductor.settle(live, step)


def resume(conductor: Conductor, live: LiveExecution, resumed: Json, step: Step) -> None:
    """Go on after a pause by hand, or end the first open Pause task."""
    if live.held:
        live.held = False
        conductor.settle(live, step)
        for run_id, kind, detail in live.parked:
            conductor.pending.append(Pending(live, run_id, kind, detail))
        live.parked.clear()
        stale, live.stale = live.stale, set()
        for key in stale:
            conductor.advance(live, key, step)
        return
    paused = min((live.runs[run_id] for run_id in live.paused), key=lambda run: run.index, default=None)
    if paused is not None:
        wake(conductor, live.id, paused.id, resumed if resumed is not None else {}, step)


def timed_out(conductor: Conductor, job: Job, limit: str, step: Step) -> None:
    """End an attempt whose time is over; its thread is left to notice."""
    live = job.live
    run = live.runs.get(job.run.id)
    if live.finished or run is None or len(run.attempts) != len(job.run.attempts):
        return
    if live.jobs.get(run.id) is job and not job.detached:
        job.detached = True
        job.ctx.timed_out = True
        live.jobs.pop(run.id, None)
        step.after.append(job.ctx.cancel)
    elif run.state is not State.RUNNING or run.due is None or run.branches is not None:
        return
    step.log(live, run, Level.ERROR, f"Timeout after {limit}")
    effect.task_ended(conductor, live, run, Ended(State.FAILED), step)
