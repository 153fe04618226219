"""Retrying: a failed attempt is made again later, in the same execution or in a new one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.executor import calls, killing, variables
from engine.executor.live import LiveExecution, with_attempt_ended, with_state
from engine.executor.pending import Pending
from engine.executor.retry import next_try
from engine.executor.start import Birth
from engine.executor.step import Step
from engine.model.execution import Execution, TaskRun
from engine.model.id import new_id
from engine.model.state import History, State

if TYPE_CHECKING:
    from engine.executor.conductor import Conductor


def retried(conductor: Conductor, live: LiveExecution, run: TaskRun, step: Step) -> bool:
    due = next_try(
        live.flow.retries[run.task_id],
        attempts=variables.attempts_made(run),
        first_started=run.attempts[0].history.started,
        ended=step.now,
    )
    if due is None:
        return False
    history = run.history.then(State.FAILED, step.now).then(State.RETRYING, step.now)
    step.run(live, replace(run, history=history, due=due))
    conductor.settle(live, step)
    conductor.at(due, lambda later: retry_due(conductor, live.id, run.id, later))
    return True


def retry_due(conductor: Conductor, execution_id: str, run_id: str, step: Step) -> None:
    """Begin the next attempt."""
    live = conductor.live.get(execution_id)
    run = live.runs.get(run_id) if live else None
    if live is None or run is None or run.state is not State.RETRYING:
        return
    step.run(live, replace(with_state(run, State.CREATED, step.now), due=None))
    conductor.settle(live, step)
    conductor.pending.append(Pending(live, run_id, "start", {"gated": True}))


def _give_up(conductor: Conductor, live: LiveExecution, step: Step) -> None:
    """Kill whatever still runs beside a task run that a new execution will try again."""
    for job in live.jobs.values():
        job.detached = True
        step.after.append(job.ctx.cancel)
    live.jobs.clear()
    for one in list(live.runs.values()):
        if one.state.ended:
            continue
        step.run(live, with_state(with_attempt_ended(one, State.KILLED, step.now), State.KILLED, step.now))
        for child in calls.children_of(one):
            killing.kill(conductor, child, step)


def replaced(conductor: Conductor, live: LiveExecution, run: TaskRun, step: Step) -> bool:
    """Retry by a new execution; tells whether there is one."""
    execution = live.execution
    due = next_try(
        live.flow.retries[run.task_id],
        attempts=execution.attempt_number,
        first_started=execution.original_created,
        ended=step.now,
    )
    if due is None:
        return False
    killing.leave(conductor, live, step, by=run.id)
    for one in (run, *live.ancestors(run)):
        step.run(live, with_state(one, State.RETRIED, step.now))
    _give_up(conductor, live, step)
    fresh = Execution(
        id=new_id(),
        namespace=execution.namespace,
        flow_id=execution.flow_id,
        flow_revision=execution.flow_revision,
        history=History.begin(State.CREATED, step.now),
        original_id=execution.original_id,
        original_created=execution.original_created,
        inputs=execution.inputs,
        labels=execution.labels,
        parent_id=execution.id,
        trigger=execution.trigger,
        attempt_number=execution.attempt_number + 1,
        schedule_date=due,
    )
    caller = conductor.callers.pop(execution.id, None)
    if caller is not None:
        conductor.callers[fresh.id] = caller
    conductor.set_final(live, State.RETRIED, None, step)
    conductor.born(Birth(fresh, live.flow), step)
    return True
