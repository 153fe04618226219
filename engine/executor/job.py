"""Jobs: the plugin code of a task run, done on a worker thread; outcomes go back to the loop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, TypeVar

from engine.errors import ExpressionError, FlowsmithError, TaskFailure
from engine.executor import cache
from engine.executor.compiled import CompiledFlow
from engine.executor.conclude import conclude
from engine.executor.live import LiveExecution
from engine.executor.log_file import LogFile
from engine.executor.patience import patiently
from engine.executor.reopen import Opening
from engine.executor.start import Birth, Starter
from engine.expression.template import render
from engine.model.branches import Branches
from engine.model.execution import TaskRun
from engine.model.flow import TaskSpec
from engine.model.json import Json, without_nulls
from engine.model.state import State
from engine.model.truth import is_truthy
from engine.plugin import (
    Again,
    Call,
    Change,
    Closing,
    ExecutionTask,
    FlowableTask,
    Output,
    RunContext,
    SubflowsTask,
    SubflowTask,
    Task,
    Wait,
    WaitTask,
)
from engine.plugin.build import build

logger = logging.getLogger(__name__)

Kind = Literal["gate", "start", "again", "woken", "returned", "close"]
Outputs: TypeAlias = dict[str, Json]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ended:
    """The task is over."""

    state: State
    outputs: Outputs | None = None
    log_file: str | None = None


@dataclass(frozen=True, slots=True)
class Gated:
    """`runIf` was evaluated."""

    runs: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A flowable chose its branches."""

    branches: Branches
    outputs: Outputs | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """The task waits for a date or a person."""

    wait: Wait


@dataclass(frozen=True, slots=True)
class Changed:
    """The task wants its execution changed; then it has succeeded."""

    change: Change
    resumed: Mapping[str, Json] | None = None
    """The values another execution is resumed with, if that is wanted."""


@dataclass(frozen=True, slots=True)
class Called:
    """A child execution is ready to be born."""

    call: Call
    birth: Birth
    opening: Opening | None = None
    """The child of an earlier attempt, restarted instead of born anew."""


@dataclass(frozen=True, slots=True)
class Child:
    """One of many executions: to be born, to be restarted, or (neither) kept as it is."""

    execution_id: str
    birth: Birth | None = None
    opening: tuple[Opening, CompiledFlow] | None = None


@dataclass(frozen=True, slots=True)
class CalledMany:
    """Many child executions are ready."""

    children: tuple[Child, ...]
    wait: bool
    transmit: bool


@dataclass(frozen=True, slots=True)
class Repeated:
    """A loop decided whether to go on; None ends it."""

    again: Again | None
    outputs: Outputs | None


@dataclass(frozen=True, slots=True)
class Closed:
    """A flowable gave its last outputs; it ends as its branches did."""

    outputs: Outputs | None
    last: bool = False
    """Whether the loop around begins nothing more."""


Outcome: TypeAlias = Closed | Ended | Gated | Opened | Waiting | Changed | Called | CalledMany | Repeated


@dataclass(slots=True)
class Job:
    """One piece of plugin work. `detail` holds what a continued task is told."""

    live: LiveExecution
    run: TaskRun
    spec: TaskSpec
    kind: Kind
    ctx: RunContext
    starter: Starter
    detail: Mapping[str, Json] = field(default_factory=dict)
    arm: Callable[[Job, str], None] | None = None
    """Sets the time limit, if there is one."""
    log_file: LogFile | None = None
    detached: bool = False
    """Its outcome is no longer awaited: the time was over, or the execution was killed meanwhile."""

    def perform(self) -> Outcome:
        """Do the work; every failure of the task is an outcome, never an exception."""
        outcome = self._attempt()
        if isinstance(outcome, Ended) and self.log_file is not None:
            outcome = replace(outcome, log_file=self.log_file.store(self.ctx))
        return outcome

    def _attempt(self) -> Outcome:
        try:
            return self._gate() if self.kind == "gate" else self._work()
        except TaskFailure as failure:
            self.ctx.error(failure.message)
            return Ended(State.FAILED, _clean(failure.outputs))
        except FlowsmithError as error:
            self.ctx.error(error.message)
        except Exception as error:  # a plugin may raise anything; it is the task that fails
            logger.debug("task failed", exc_info=True)
            self.ctx.error(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
        return Ended(State.FAILED)

    def _gate(self) -> Outcome:
        try:
            return Gated(is_truthy(self._patiently(lambda: render(self.spec.run_if, self.ctx.scope))))
        except ExpressionError as error:
            raise TaskFailure(
                f"Unable to evaluate the runIf condition for task {self.spec.id}: {error.message}"
            ) from error

    def _work(self) -> Outcome:
        if self.arm is not None and self.spec.timeout is not None:
            try:
                self.arm(self, str(render(self.spec.timeout, self.ctx.scope)))
            except ValueError as error:
                raise TaskFailure(f"timeout: {error}") from error
        task = self._patiently(self._task)
        if task.light or isinstance(task, _WITHOUT_EFFECT):
            return self._patiently(lambda: self._go_on(task))
        return self._go_on(task)

    def _patiently(self, act: Callable[[], T]) -> T:
        return patiently(act, self.ctx.cancelled)

    def _go_on(self, task: Task) -> Outcome:
        if self.kind == "start":
            return self._start(task)
        if self.kind == "again" and isinstance(task, FlowableTask):
            again = task.again(self.ctx, int(self.detail["rounds"]))
            return Repeated(again, _dump(task.opened(self.ctx)))
        if self.kind == "close" and isinstance(task, FlowableTask):
            return self._closed(task)
        if self.kind == "woken" and isinstance(task, WaitTask):
            output = task.woken(self.ctx, self.detail.get("resumed"))
            return Ended(State(self.detail["then"]), _dump(output))
        if self.kind == "returned" and isinstance(task, SubflowTask):
            return self._returned(task)
        if self.kind == "returned" and isinstance(task, SubflowsTask):
            return self._all_returned(task)
        raise TaskFailure(f"{self.spec.type} cannot be continued by '{self.kind}'")

    def _start(self, task: Task) -> Outcome:
        if isinstance(task, FlowableTask):
            return Opened(task.branches(self.ctx), _dump(task.opened(self.ctx)))
        if isinstance(task, WaitTask):
            return Waiting(task.wait(self.ctx))
        if isinstance(task, ExecutionTask):
            change = task.change(self.ctx)
            return Changed(change, self.starter.resumption(change.resume) if change.resume else None)
        if isinstance(task, SubflowTask):
            call = task.call(self.ctx)
            birth = self.starter.child(self.live, self.run, self.spec, call)
            before = (self.run.inner or {}).get("restart")
            if before and call.restart_behavior == "RETRY_FAILED":
                again = self.starter.restarted(str(before))
                if again is not None:
                    opening, flow = again
                    return Called(call, Birth(opening.execution, flow), opening)
            return Called(call, birth)
        if isinstance(task, SubflowsTask):
            return self._call_many(task)
        if self.spec.task_cache is not None and self.spec.task_cache.enabled:
            return self._cached(task)
        output = task.run(self.ctx)
        return Ended(self.ctx.final_state, _dump(output))

    def _closed(self, task: FlowableTask) -> Outcome:
        state = State(self.detail["state"])
        assert self.run.branches is not None  # stored when it opened
        closing = Closing(state, self.run.branches, self.detail["children"])
        specs = tuple(task.declared()) if state.good else ()
        if specs:
            concluded = conclude(state, specs, self.ctx.scope)
            if concluded.problems:
                raise TaskFailure("; ".join(concluded.problems))
            closing = replace(closing, declared=concluded.outputs or {})
        return Closed(_dump(task.close(self.ctx, closing)), task.is_last(self.ctx, closing))

    def _cached(self, task: Task) -> Outcome:
        key = cache.key_of(task, self.spec, self.ctx)
        known = cache.find(key, self.ctx)
        if known is not None:
            self.ctx.debug("Outputs are taken from the task cache")
            return Ended(State.SUCCESS, known)
        outputs = _dump(task.run(self.ctx))
        if self.ctx.final_state is State.SUCCESS:
            cache.keep(key, outputs, self.spec, self.ctx)
        return Ended(self.ctx.final_state, outputs)

    def _returned(self, task: SubflowTask) -> Outcome:
        state = State(self.detail["state"])
        outputs: Mapping[str, Json] = self.detail.get("outputs") or {}
        call = task.call(self.ctx)
        if call.outputs and call.wait:
            outputs = self.starter.render_in(self.detail["executionId"], dict(call.outputs)) or outputs
        output = task.returned(self.ctx, self.detail["executionId"], state, outputs)
        transmitted = state if self.detail["transmit"] and state in _TRANSMITTED else State.SUCCESS
        return Ended(transmitted, _dump(output))

    def _call_many(self, task: SubflowsTask) -> Outcome:
        calls = task.calls(self.ctx)
        before: list[str | None] = list((self.run.inner or {}).get("restart") or ())
        if len(before) != len(calls) or any(call.restart_behavior != "RETRY_FAILED" for call in calls):
            before = [None] * len(calls)
        children = tuple(self._child(call, known) for call, known in zip(calls, before, strict=True))
        wait = any(call.wait for call in calls)
        transmit = any(call.transmit_failed for call in calls)
        return CalledMany(children, wait, transmit)

    def _child(self, call: Call, known: str | None) -> Child:
        if known is not None and self.starter.goes_on(known):
            return Child(known)
        opening = self.starter.restarted(known) if known is not None else None
        if known is not None and opening is not None:
            return Child(known, opening=opening)
        birth = self.starter.child(self.live, self.run, self.spec, call)
        return Child(birth.execution.id, birth)

    def _all_returned(self, task: SubflowsTask) -> Outcome:
        states: Mapping[str, int] = self.detail["states"]
        output = task.all_returned(self.ctx, self.detail["children"], states)
        worst = next((state for state in _WORST if states.get(str(state))), State.SUCCESS)
        return Ended(worst if self.detail["transmit"] else State.SUCCESS, _dump(output))

    def _task(self) -> Task:
        flow = self.live.flow
        known = flow.constants.get(self.spec.id)
        if known is not None:
            return known
        first = self.spec.id not in flow.constants
        task = build(flow.classes[self.spec.id], self.spec.properties, self.ctx, flow.registry)
        if first:
            flow.built(self.spec.id, task)
        return task


_WITHOUT_EFFECT = (FlowableTask, WaitTask, ExecutionTask, SubflowTask, SubflowsTask)
"""What they choose, and whom they call, takes effect when the loop has stored it."""
_WORST = (State.FAILED, State.KILLED, State.CANCELLED, State.WARNING)
_TRANSMITTED = frozenset({State.FAILED, State.PAUSED, State.KILLED, State.WARNING, State.CANCELLED})


def _dump(output: Output | None) -> Outputs:
    if output is None:
        return {}
    return _clean(output.model_dump(by_alias=True)) or {}


def _clean(outputs: Mapping[str, Json] | None) -> Outputs | None:
    if outputs is None:
        return None
    cleaned: Outputs = without_nulls(dict(outputs))
    return cleaned
