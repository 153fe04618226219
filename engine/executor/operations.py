"""Operations on executions: kill, pause, resume, restart, leaving a queue, labels and states afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from engine.errors import Conflict
from engine.executor import halting, killing, recovery, retrying, waking
from engine.executor.compiled import CompiledFlow
from engine.executor.executor import Executor
from engine.executor.inputs import Upload
from engine.executor.live import LiveExecution
from engine.executor.reopen import Opening
from engine.executor.start import Starter
from engine.executor.step import Rewrite, Step
from engine.model.execution import Execution
from engine.model.json import Json
from engine.model.label import Labels
from engine.model.state import State
from engine.secrets import mask


def kill(executor: Executor, execution: Execution, *, cascade: bool) -> None:
    """Ask an execution to end; raises Conflict when it has ended."""

    def apply(step: Step) -> None:
        live = executor.live(execution.id)
        # It may have ended since it was read, and whoever hears nothing believes that it was killed.
        known = executor.conductor.find(execution.id) if live is None else live.execution
        if known is not None and known.state.ended:
            raise Conflict(f"Execution is already finished, can't kill it: {execution.id} is {known.state}")
        killing.kill(executor.conductor, execution.id, step, cascade=cascade)

    executor.ask(apply)


def pause(executor: Executor, execution: Execution) -> None:
    """Hold an execution; raises Conflict unless it runs."""

    def apply(step: Step) -> None:
        live = _live(executor, execution)
        if live.execution.state is not State.RUNNING:
            raise Conflict(
                f"Execution {execution.id} is {live.execution.state}; only a RUNNING one can be paused"
            )
        waking.pause(executor.conductor, live, step)

    executor.ask(apply)


def resume(
    executor: Executor, starter: Starter, execution: Execution, given: Mapping[str, Json | Upload]
) -> None:
    """Go on after a pause; raises Conflict unless PAUSED, InputInvalid when the values do not fit."""
    if execution.state is not State.PAUSED:
        raise Conflict(f"Execution {execution.id} is {execution.state}; only a PAUSED one can be resumed")
    values = starter.resume_values(execution, given)

    def apply(step: Step) -> None:
        live = _live(executor, execution)
        if live.execution.state is not State.PAUSED:
            raise Conflict(f"Execution {execution.id} is {live.execution.state}, no longer PAUSED")
        waking.resume(executor.conductor, live, values, step)

    executor.ask(apply)


def resume_from_breakpoint(
    executor: Executor, execution: Execution, breakpoints: Sequence[str] | None
) -> None:
    """Go on after a breakpoint; raises Conflict unless the execution stands at one."""

    def apply(step: Step) -> None:
        live = _live(executor, execution)
        if live.execution.state is not State.BREAKPOINT:
            raise Conflict(
                f"Execution {execution.id} is {live.execution.state}, not BREAKPOINT; it cannot go on from it"
            )
        halting.resume(executor.conductor, live, breakpoints, step)

    executor.ask(apply)


def reopen(executor: Executor, flow: CompiledFlow, opening: Opening) -> Execution:
    """Store a restart or replay and go on; returns the execution as it was stored first.

    Raises Conflict when it runs, or somebody else was faster: of several that restart it, one does.
    """

    def apply(step: Step) -> Rewrite | None:
        live = executor.live(opening.execution.id)
        if live is not None and live.execution.state is not State.PAUSED:
            raise Conflict(f"Execution {opening.execution.id} is {live.execution.state}; it runs already")
        if live is not None and len(live.execution.history.passages) >= len(
            opening.execution.history.passages
        ):
            raise _changed(opening.execution)
        return recovery.reopen(executor.conductor, opening, flow, step)

    _demand(executor.ask(apply))
    return opening.execution


def _demand(rewrite: Rewrite | None) -> None:
    """Raise Conflict when a change could not be made."""
    if rewrite is not None and not rewrite.made:
        raise _changed(rewrite.known)


def _changed(execution: Execution) -> Conflict:
    return Conflict(f"Execution {execution.id} was changed meanwhile; try again")


def _rewrite(executor: Executor, execution: Execution, changed: Execution) -> None:
    """Store another version of an execution that has ended."""
    rewrite = Rewrite(execution, lambda step: step.changes.executions.update({execution.id: changed}))
    executor.ask(lambda step: step.rewrites.append(rewrite))
    _demand(rewrite)


def force_run(executor: Executor, execution: Execution, state: State = State.RUNNING) -> None:
    """Begin an execution that waits for a date or for a slot, whatever the limit; or end it instead.

    One that waits for a retry makes it now; one that runs is left alone. Raises Conflict when it has ended.
    """

    def apply(step: Step) -> None:
        live = _live(executor, execution)
        if live.execution.state.ended:
            raise Conflict(f"Execution {execution.id} is {live.execution.state}; it does not wait")
        if live.execution.state not in (State.CREATED, State.QUEUED):
            for run_id in tuple(live.retrying):
                retrying.retry_due(executor.conductor, live.id, run_id, step)
        elif state is State.RUNNING:
            executor.conductor.begin(live, step)
        else:
            executor.conductor.refuse(live, state, f"Taken from the queue as {state}", step)

    executor.ask(apply)


def set_labels(executor: Executor, execution: Execution, labels: Labels) -> Execution:
    """Replace the labels of an ended execution; raises Conflict while it runs."""
    if not execution.state.ended:
        raise Conflict(f"Execution {execution.id} is {execution.state}; labels are set when it has ended")
    changed = replace(execution, labels=labels, task_runs=())
    _rewrite(executor, execution, changed)
    return replace(changed, task_runs=execution.task_runs)


def change_status(executor: Executor, execution: Execution, state: State, now: datetime) -> Execution:
    """Give an ended execution another final state; raises Conflict."""
    if not (execution.state.ended and state.ended):
        raise Conflict(
            f"Execution {execution.id} is {execution.state}; its state can only change from one final state "
            f"to another, not to {state}"
        )
    changed = replace(execution, history=execution.history.then(state, now), task_runs=())
    _rewrite(executor, execution, changed)
    return replace(changed, task_runs=execution.task_runs)


def _live(executor: Executor, execution: Execution) -> LiveExecution:
    live = executor.live(execution.id)
    if live is None:
        raise Conflict(f"Execution {execution.id} is not run by this process")
    return live


def masked(text: str, masks: set[str]) -> str:
    """Hide secrets in a text that leaves the engine."""
    return mask(text, masks)
