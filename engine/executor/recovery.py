"""Recovery: an execution whose rows were loaded goes on where it stood. Resume is the same mechanism."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.executor import after, calls, promise, retrying, waking
from engine.executor.compiled import CompiledFlow
from engine.executor.lane import Slot
from engine.executor.live import LiveExecution, waits_with_tasks, with_attempt_ended, with_state
from engine.executor.pending import Pending
from engine.executor.reopen import Opening
from engine.executor.step import Rewrite, Step
from engine.model.execution import TaskRun
from engine.model.log import Level
from engine.model.state import State

if TYPE_CHECKING:
    from engine.executor.conductor import Conductor


def take_up(conductor: Conductor, live: LiveExecution, step: Step) -> None:
    """Go on with an execution whose rows were loaded: rebuild the frames, then plan everything."""
    conductor.live[live.id] = live
    step.execution(live, replace(live.execution, owner=conductor.owner))
    if live.execution.state is State.CREATED:
        conductor.enter(live, step)
        return
    if live.execution.state is State.QUEUED:
        step.released.add((live.execution.namespace, live.execution.flow_id))
        return
    promise.watch(conductor, live)
    _rebuild(live)
    if live.execution.state.ended:
        after.begin(conductor, live, step)
        return
    promise.changed(conductor, live)
    if live.execution.state is State.RESTARTED:
        conductor.set_state(live, State.RUNNING, step)
    live.held = live.execution.state is State.PAUSED and not any(
        run.state is State.PAUSED for run in live.runs.values()
    )
    if live.execution.state is State.KILLING:
        live.killing = live.leaving = True
        live.kill_state = live.execution.stopping or State.KILLED
        for frame in live.frames.values():
            frame.stop()
    for one in sorted(live.runs.values(), key=lambda run: run.index):
        if one.id in live.runs and not live.runs[one.id].state.ended:
            take_up_run(conductor, live, one, step)
    for key in list(live.frames):
        run = live.runs.get(key)
        # Between two rounds of a loop nothing is to begin; what runs during a wait may not have begun yet.
        waits = run is not None and run.due is not None and not waits_with_tasks(run) and not live.killing
        if key in live.frames and not live.frames[key].closed and not waits:
            conductor.advance(live, key, step)
    conductor.settle(live, step)


def reopen(conductor: Conductor, opening: Opening, flow: CompiledFlow, step: Step) -> Rewrite | None:
    """Store the rows of a restart or replay, and go on from them.

    A restart of what no process runs is returned: it is made when the step is stored, if it can be.
    """
    if opening.known is None or opening.execution.id in conductor.live:
        _reopen(conductor, opening, flow, step)
        return None
    rewrite = Rewrite(opening.known, lambda later: _reopen(conductor, opening, flow, later))
    step.rewrites.append(rewrite)
    return rewrite


def _reopen(conductor: Conductor, opening: Opening, flow: CompiledFlow, step: Step) -> None:
    before = conductor.live.pop(opening.execution.id, None)
    live = LiveExecution(opening.execution, flow)
    for run in sorted(opening.runs, key=lambda run: run.index):
        live.add(run)
        step.changes.task_runs[run.id] = run
    if before is not None:
        _inherit(live, before, step)
    step.changes.dropped_task_runs |= opening.dropped
    if conductor.hands_out and before is None:
        conductor.hand_out(live, step)
    else:
        take_up(conductor, live, step)


def _inherit(live: LiveExecution, before: LiveExecution, step: Step) -> None:
    """Keep what workers do at this moment, as far as it still belongs to the execution."""
    before.finished = True
    live.masks = before.masks
    for run_id, job in before.jobs.items():
        run = live.runs.get(run_id)
        if run is not None and run.state is State.RUNNING:
            job.live = live
            live.jobs[run_id] = job
        else:
            job.detached = True
            step.after.append(job.ctx.cancel)


def _rebuild(live: LiveExecution) -> None:
    live.open_root()
    for run in sorted(live.runs.values(), key=lambda run: run.index):
        if run.branches is not None and not run.state.ended:
            live.open_frame(run, run.branches)
    for run in sorted(live.runs.values(), key=lambda run: run.index):
        key = live.frame_key(run)
        frame = live.frames.get(key)
        if frame is None:
            continue  # the parent has ended, or it comes after the end and is planned there
        # Tasks below one that runs after the end are its `tasks`, or its `errors`, as everywhere.
        section = "tasks" if run.section == "after" else run.section
        slot = Slot(run.task_id, run.value, run.iteration)
        frame.seen(section, slot)
        if run.state.ended:
            frame.ended(section, slot, run.state)
        if (run.inner or {}).get("last"):
            frame.cut()


def take_up_run(conductor: Conductor, live: LiveExecution, run: TaskRun, step: Step) -> None:
    """Let a task run that has not ended wait or work on."""
    inner = run.inner or {}
    if run.id in live.jobs:
        return
    if live.killing:
        if run.branches is None:
            conductor.kill_run(live, run, step, None)
    elif run.state is State.RETRYING:
        due = run.due or step.now
        conductor.at(due, lambda later: retrying.retry_due(conductor, live.id, run.id, later))
    elif "woken" in inner and "over" not in inner:
        conductor.pending.append(Pending(live, run.id, "woken", inner["woken"]))
    elif run.branches is not None or (run.due is not None and "then" in inner):
        waking.await_date(conductor, live, run)
    elif run.state in (State.PAUSED, State.BREAKPOINT):
        return
    elif calls.children_of(run):
        calls.take_up(conductor, live, run, inner, step)
    elif run.state in (State.CREATED, State.RESTARTED):
        conductor.pending.append(Pending(live, run.id, "start"))
    else:
        _start_again(conductor, live, run, step)


def _start_again(conductor: Conductor, live: LiveExecution, run: TaskRun, step: Step) -> None:
    """An attempt was cut off by the end of its process: it is made once more, for free."""
    run = with_state(with_attempt_ended(run, State.KILLED, step.now), State.CREATED, step.now)
    step.run(live, run)
    step.log(live, run, Level.WARN, "Interrupted by the end of the service; started again")
    conductor.pending.append(Pending(live, run.id, "start", {"gated": True}))
