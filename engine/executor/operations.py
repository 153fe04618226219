"""Operations on executions: kill, pause, resume; and looking into one with an expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from engine.errors import Conflict, NotFound
from engine.executor import killing, recovery, variables, waking
from engine.executor.compiled import CompiledFlow, FlowCache
from engine.executor.executor import Executor
from engine.executor.inputs import Upload, decrypt
from engine.executor.live import LiveExecution
from engine.executor.reopen import Opening
from engine.executor.services import RunServices
from engine.executor.start import Starter
from engine.executor.step import Step
from engine.expression.scope import Scope
from engine.model.execution import Execution
from engine.model.json import Json
from engine.model.label import Labels
from engine.model.state import State
from engine.plugin.context import World
from engine.secrets import mask
from engine.storage.cipher import Cipher


def kill(executor: Executor, execution: Execution, *, cascade: bool) -> None:
    """Ask an execution to end; raises Conflict when it has ended."""
    if execution.state.ended:
        raise Conflict(f"Execution is already finished, can't kill it: {execution.id} is {execution.state}")
    executor.ask(lambda step: killing.kill(executor.conductor, execution.id, step, cascade=cascade))


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


def reopen(executor: Executor, flow: CompiledFlow, opening: Opening) -> Execution:
    """Store a restart or replay and go on; returns the execution as it was stored first."""

    def apply(step: Step) -> None:
        live = executor.live(opening.execution.id)
        if live is not None and live.execution.state is not State.PAUSED:
            raise Conflict(f"Execution {opening.execution.id} is {live.execution.state}; it runs already")
        recovery.reopen(executor.conductor, opening, flow, step)

    executor.ask(apply)
    return opening.execution


def force_run(executor: Executor, execution: Execution, state: State = State.RUNNING) -> None:
    """Begin an execution that waits for a date or for a slot, whatever the limit; or end it instead.

    Raises Conflict unless it is CREATED or QUEUED.
    """

    def apply(step: Step) -> None:
        live = _live(executor, execution)
        if live.execution.state not in (State.CREATED, State.QUEUED):
            raise Conflict(f"Execution {execution.id} is {live.execution.state}; it does not wait")
        if state is State.RUNNING:
            executor.conductor.begin(live, step)
        else:
            executor.conductor.refuse(live, state, f"Taken from the queue as {state}", step)

    executor.ask(apply)


def set_labels(executor: Executor, execution: Execution, labels: Labels) -> Execution:
    """Replace the labels of an ended execution; raises Conflict while it runs."""
    if not execution.state.ended:
        raise Conflict(f"Execution {execution.id} is {execution.state}; labels are set when it has ended")
    changed = replace(execution, labels=labels, task_runs=())
    executor.ask(lambda step: step.changes.executions.update({execution.id: changed}))
    return replace(changed, task_runs=execution.task_runs)


def change_status(executor: Executor, execution: Execution, state: State, now: datetime) -> Execution:
    """Give an ended execution another final state; raises Conflict."""
    if not (execution.state.ended and state.ended):
        raise Conflict(
            f"Execution {execution.id} is {execution.state}; its state can only change from one final state "
            f"to another, not to {state}"
        )
    changed = replace(execution, history=execution.history.then(state, now), task_runs=())
    executor.ask(lambda step: step.changes.executions.update({execution.id: changed}))
    return replace(changed, task_runs=execution.task_runs)


def _live(executor: Executor, execution: Execution) -> LiveExecution:
    live = executor.live(execution.id)
    if live is None:
        raise Conflict(f"Execution {execution.id} is not run by this process")
    return live


def scope_of(
    world: World, flows: FlowCache, cipher: Cipher | None, execution: Execution, task_run_id: str | None
) -> tuple[Scope, set[str]]:
    """Return the scope of an execution or one of its task runs, and the secrets to mask afterwards."""
    flow = flows.get(execution.namespace, execution.flow_id, execution.flow_revision)
    live = LiveExecution(execution, flow)
    for run in sorted(execution.task_runs, key=lambda one: one.index):
        live.add(run)
    if execution.inputs is not None:
        live.inputs, secrets = decrypt(execution.inputs, cipher)
        live.masks.update(secrets)
    if task_run_id is None:
        known = variables.of_execution(live, world)
    else:
        found = live.runs.get(task_run_id)
        if found is None:
            raise NotFound(f"Task run {task_run_id} does not exist in execution {execution.id}")
        known = variables.of_task_run(live, found, flow.tasks[found.task_id], world)
    services = RunServices(
        world, execution.namespace, live.masks, execution_id=execution.id, runs=live.runs.values
    )
    return Scope(known, services, world.zone), live.masks


def masked(text: str, masks: set[str]) -> str:
    """Hide secrets in a text that leaves the engine."""
    return mask(text, masks)
