"""Effects: what the outcome of a job does to its execution."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from engine.executor import calls, killing, retrying, variables, waking
from engine.executor.job import (
    Called,
    CalledMany,
    Changed,
    Closed,
    Ended,
    Gated,
    Opened,
    Outcome,
    Repeated,
    Waiting,
)
from engine.executor.lane import Slot
from engine.executor.live import LiveExecution, waits_with_tasks, with_attempt_ended, with_state
from engine.executor.pending import Pending
from engine.executor.step import Step
from engine.executor.vary import VariableClash, changed
from engine.model.branches import Branches
from engine.model.execution import TaskRun
from engine.model.json import Json
from engine.model.log import Level
from engine.model.state import State

if TYPE_CHECKING:
    from engine.executor.conductor import Conductor


def apply(conductor: Conductor, live: LiveExecution, run: TaskRun, outcome: Outcome, step: Step) -> None:
    if isinstance(outcome, Ended) and waits_with_tasks(run):
        _wait_over(conductor, live, run, outcome, step)
    elif isinstance(outcome, Ended):
        task_ended(conductor, live, run, outcome, step)
    elif isinstance(outcome, Gated):
        if outcome.runs:
            conductor.pending.appendleft(Pending(live, run.id, "start", {"gated": True}))
        else:
            conductor.end_run(live, run, State.SKIPPED, step)
    elif isinstance(outcome, Opened):
        _opened(conductor, live, run, outcome, step)
    elif isinstance(outcome, Waiting):
        _waiting(conductor, live, run, outcome, step)
    elif isinstance(outcome, Closed):
        _closed(conductor, live, run, outcome, step)
    elif isinstance(outcome, Changed):
        _changed(conductor, live, run, outcome, step)
    elif isinstance(outcome, Called):
        calls.called(conductor, live, run, outcome, step)
    elif isinstance(outcome, CalledMany):
        calls.called_many(conductor, live, run, outcome, step)
    else:
        _repeated(conductor, live, run, outcome, step)


def task_ended(conductor: Conductor, live: LiveExecution, run: TaskRun, outcome: Ended, step: Step) -> None:
    state = outcome.state
    if not run.attempts:  # the gate itself failed: there was no attempt
        conductor.end_run(live, run, state, step)
        return
    before = variables.attempts_made(run)
    run = with_attempt_ended(run, state, step.now)
    if outcome.log_file is not None:
        last = replace(run.attempts[-1], log_file=outcome.log_file)
        run = replace(run, attempts=(*run.attempts[:-1], last))
    if outcome.outputs is not None:
        run = replace(run, outputs=outcome.outputs)
        live.publish_outputs(run)
    retry = live.flow.retries[run.task_id]
    if state is State.FAILED and retry is not None and run.branches is None and not live.leaving:
        if retry.behavior == "CREATE_NEW_EXECUTION":
            if retrying.replaced(conductor, live, run, step):
                return
        elif retrying.retried(conductor, live, run, step):
            return
    if retry is not None and retry.warning_on_retry and before and state is State.SUCCESS:
        state = State.WARNING
    conductor.end_run(live, run, state, step)


def _opened(conductor: Conductor, live: LiveExecution, run: TaskRun, outcome: Opened, step: Step) -> None:
    outputs = outcome.outputs or None
    inner = run.inner
    if conductor.repeats(live, run):
        outputs = {**(outputs or {}), "iterationCount": 1}
        inner = {"rounds": 1}
    if getattr(live.flow.classes[run.task_id], "shares_folder", False):
        inner = {"unit": True}
    run = replace(run, branches=outcome.branches, outputs=outputs, inner=inner)
    step.run(live, run)
    if outputs is not None:
        live.publish_outputs(run)
    frame = live.open_frame(run, outcome.branches)
    if live.leaving:
        frame.stop()
    conductor.advance(live, run.id, step)


def _closed(conductor: Conductor, live: LiveExecution, run: TaskRun, outcome: Closed, step: Step) -> None:
    if outcome.outputs:
        run = replace(run, outputs={**(run.outputs or {}), **outcome.outputs})
        live.publish_outputs(run)
    if outcome.last:
        run = replace(run, inner={**(run.inner or {}), "last": True})
        live.frames[live.frame_key(run)].cut()
    conductor.end_run(live, run, live.result(run.id), step)


def _waiting(conductor: Conductor, live: LiveExecution, run: TaskRun, outcome: Waiting, step: Step) -> None:
    wait = outcome.wait
    if wait.state is State.PAUSED and wait.until is None and live.execution.state.ended:
        step.log(live, run, Level.ERROR, "Nobody can resume an execution that has ended; set pauseDuration")
        task_ended(conductor, live, run, Ended(State.FAILED), step)
        return
    inner: dict[str, Json] = {"then": str(wait.then), "cancel": wait.cancel_execution}
    spec = live.flow.tasks[run.task_id]
    branches = None
    if wait.during or wait.afterwards or spec.errors or spec.finally_:
        branches = Branches.sequence((*wait.during, *wait.afterwards))
        inner["during"] = len(Branches.sequence(wait.during).tasks)
    run = replace(run, due=wait.until, inner=inner, branches=branches)
    if wait.state is State.PAUSED:
        run = with_state(run, State.PAUSED, step.now)
    step.run(live, run)
    conductor.settle(live, step)
    waking.await_date(conductor, live, run)
    if branches is not None:
        frame = live.open_frame(run, branches)
        if live.leaving:
            frame.stop()
        conductor.advance(live, run.id, step)


def _wait_over(conductor: Conductor, live: LiveExecution, run: TaskRun, outcome: Ended, step: Step) -> None:
    """Go on with the tasks that follow a wait, or with its errors; what ran meanwhile is its first child."""
    run = replace(run, outputs=outcome.outputs, inner={**(run.inner or {}), "over": str(outcome.state)})
    step.run(live, run)
    live.publish_outputs(run)
    assert run.branches is not None  # stored together with `during`
    frame = live.open_frame(run, run.branches)
    below = (one for one in live.runs.values() if one.parent_id == run.id)
    for child in sorted(below, key=lambda one: one.index):
        slot = Slot(child.task_id, child.value, child.iteration)
        frame.seen("tasks", slot)
        if child.state.ended:
            frame.ended("tasks", slot, child.state)
    if live.leaving:
        frame.stop()
    conductor.advance(live, run.id, step)


def _changed(conductor: Conductor, live: LiveExecution, run: TaskRun, outcome: Changed, step: Step) -> None:
    change = outcome.change
    try:
        execution = changed(live.execution, live.flow.flow, change)
    except VariableClash as clash:
        step.log(live, run, Level.ERROR, str(clash))
        task_ended(conductor, live, run, Ended(State.FAILED), step)
        return
    if change.resume is not None:
        other = conductor.live.get(change.resume.execution_id)
        if other is None and conductor.resume_elsewhere(change.resume.execution_id, outcome.resumed or {}):
            pass  # it was PAUSED when that was asked, and its owner is told
        elif other is None or other.execution.state is not State.PAUSED:
            step.log(live, run, Level.ERROR, f"Execution {change.resume.execution_id} is not PAUSED here")
            task_ended(conductor, live, run, Ended(State.FAILED), step)
            return
        else:
            waking.resume(conductor, other, outcome.resumed, step)
    step.execution(live, execution)
    run = replace(with_attempt_ended(run, State.SUCCESS, step.now), outputs={})
    live.publish_outputs(run)
    if change.exit_state is None:
        conductor.end_run(live, run, State.SUCCESS, step)
        return
    live.exit_state = change.exit_state
    live.endings.update((one.id, change.exit_state) for one in live.ancestors(run))
    killing.leave(conductor, live, step, by=run.id)
    conductor.end_run(live, run, change.exit_state, step)
    if change.exit_state is State.KILLED and not live.execution.state.ended:
        killing.stop(conductor, live, State.KILLED, step)


def _repeated(conductor: Conductor, live: LiveExecution, run: TaskRun, outcome: Repeated, step: Step) -> None:
    if outcome.again is None or live.leaving:
        conductor.end_run(live, run, live.result(run.id), step)
        return
    if outcome.again.wait > timedelta(0):
        run = replace(run, due=step.now + outcome.again.wait)
        step.run(live, run)
        waking.await_date(conductor, live, run)
    else:
        next_round(conductor, live, run, step)


def next_round(conductor: Conductor, live: LiveExecution, run: TaskRun, step: Step) -> None:
    rounds = int((run.inner or {}).get("rounds", 1)) + 1
    outputs = {**(run.outputs or {}), "iterationCount": rounds}
    run = replace(run, due=None, outputs=outputs, inner={**(run.inner or {}), "rounds": rounds})
    step.run(live, run)
    live.publish_outputs(run)
    for dropped in live.drop_below(run.id):
        step.changes.task_runs.pop(dropped, None)
        step.changes.dropped_task_runs.add(dropped)
    live.frames[run.id].restart()
    conductor.advance(live, run.id, step)


def ask_again(conductor: Conductor, live: LiveExecution, run: TaskRun, step: Step) -> None:
    rounds = int((run.inner or {}).get("rounds", 1))
    outputs = {**(run.outputs or {}), "iterationCount": rounds}
    run = replace(run, outputs=outputs, inner={**(run.inner or {}), "rounds": rounds})
    step.run(live, run)
    live.publish_outputs(run)
    conductor.pending.append(Pending(live, run.id, "again", {"rounds": rounds}))
