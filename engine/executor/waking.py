"""Waking: waits that end by a date or by a person, pauses by hand, and time limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.executor import effect, killing
from engine.executor.job import Ended, Job
from engine.executor.live import LiveExecution, with_state
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
        conductor.at(run.due, lambda later: wake(conductor, live.id, run.id, None, later))


def wake(conductor: Conductor, execution_id: str, run_id: str, resumed: Json, step: Step) -> None:
    """End a wait: its date has come, or somebody resumed it."""
    live = conductor.live.get(execution_id)
    run = live.runs.get(run_id) if live else None
    if live is None or run is None or run.state not in (State.RUNNING, State.PAUSED) or run.id in live.jobs:
        return
    inner = run.inner or {}
    if run.branches is not None:
        effect.next_round(conductor, live, run, step)
        return
    paused = run.state is State.PAUSED
    run = replace(run, due=None)
    if paused:
        run = with_state(run, State.RUNNING, step.now)
    step.run(live, run)
    if paused:
        _unpause(conductor, live, step)
    if inner.get("cancel") and resumed is None:
        live.exit_state = State.CANCELLED
        killing.leave(conductor, live, step, by=run.id)
        conductor.end_run(live, run, State.CANCELLED, step)
        return
    then = str(State.SUCCESS) if resumed is not None else inner.get("then", "SUCCESS")
    conductor.pending.append(Pending(live, run.id, "woken", {"then": then, "resumed": resumed}))


def _unpause(conductor: Conductor, live: LiveExecution, step: Step) -> None:
    if live.execution.state is not State.PAUSED or live.held:
        return
    if not any(run.state is State.PAUSED for run in live.runs.values()):
        conductor.set_state(live, State.RESTARTED, step)
        conductor.set_state(live, State.RUNNING, step)


def pause(conductor: Conductor, live: LiveExecution, step: Step) -> None:
    """Start nothing new until resumed; what runs may finish."""
    live.held = True
    conductor.set_state(live, State.PAUSED, step)


def resume(conductor: Conductor, live: LiveExecution, resumed: Json, step: Step) -> None:
    """Go on after a pause by hand, or end the first open Pause task."""
    if live.held:
        live.held = False
        conductor.set_state(live, State.RESTARTED, step)
        conductor.set_state(live, State.RUNNING, step)
        for run_id, kind, detail in live.parked:
            conductor.pending.append(Pending(live, run_id, kind, detail))
        live.parked.clear()
        stale, live.stale = live.stale, set()
        for key in stale:
            conductor.advance(live, key, step)
        return
    paused = next((run for run in live.runs.values() if run.state is State.PAUSED), None)
    if paused is not None:
        wake(conductor, live.id, paused.id, resumed if resumed is not None else {}, step)


def timed_out(conductor: Conductor, job: Job, limit: str, step: Step) -> None:
    """End an attempt whose time is over; its thread is left to notice."""
    live = job.live
    run = live.runs.get(job.run.id)
    if job.detached or live.finished or live.jobs.get(job.run.id) is not job or run is None:
        return
    job.detached = True
    job.ctx.timed_out = True
    live.jobs.pop(job.run.id, None)
    step.after.append(job.ctx.cancel)
    step.log(live, run, Level.ERROR, f"Timeout after {limit}")
    effect.task_ended(conductor, live, run, Ended(State.FAILED), step)
