"""Kinds of tasks: those that run, wait, choose tasks, change their execution, or start another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from engine.model.branches import Branches
from engine.model.execution import TaskRun
from engine.model.flow import OutputSpec, TaskSpec
from engine.model.json import Json
from engine.model.state import State
from engine.plugin.base import Plugin

if TYPE_CHECKING:
    from engine.plugin.context import RunContext


@dataclass(frozen=True, slots=True)
class Example:
    """An example for the documentation: a title and the YAML of a whole flow.

    `runnable`: needs nothing external, so the tests execute it and expect SUCCESS.
    """

    title: str
    yaml: str
    runnable: bool = False


class Output(BaseModel):
    """What a task gives to later tasks. A field's docstring is its public documentation."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        frozen=True,
        use_attribute_docstrings=True,
        arbitrary_types_allowed=True,
        protected_namespaces=(),
    )


class NoOutput(Output):
    """Nothing."""


class Task(Plugin):
    """A task that does its work in `run`, on a worker thread."""

    abstract: ClassVar[bool] = True
    examples: ClassVar[Sequence[Example]] = ()
    gives: ClassVar[type[Output]] = NoOutput
    """The class of the outputs."""

    light: ClassVar[bool] = False
    """Whether it changes nothing outside and takes no time to speak of. Its task run is then stored when it
    has ended, not before it begins as well: after a crash it is simply made, as if it had not begun."""

    def run(self, ctx: RunContext) -> Output | None:
        """Do the work and return the outputs.

        Raise `TaskFailure` (with outputs, if there are some) to end FAILED with a sentence for the author;
        any other exception fails the task as well. Long work watches `ctx.cancelled` or registers
        `ctx.on_cancel`.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until a date (None: until somebody resumes) in this state, then end in `then`.

    `cancel_execution` ends the whole execution CANCELLED instead.
    """

    until: datetime | None
    state: State = State.RUNNING
    then: State = State.SUCCESS
    cancel_execution: bool = False
    during: tuple[TaskSpec, ...] = ()
    """Tasks to run while waiting, one after the other, and `afterwards`: when the wait is over."""
    afterwards: tuple[TaskSpec, ...] = ()


class WaitTask(Task):
    """A task that only waits: a date in the store, not a sleeping thread."""

    abstract: ClassVar[bool] = True

    def wait(self, ctx: RunContext) -> Wait:
        """Answer what to wait for."""
        raise NotImplementedError

    def woken(self, ctx: RunContext, resumed: Mapping[str, Json] | None) -> Output | None:
        """Return the outputs when the wait is over; `resumed` are the values given by whoever resumed it."""
        return None


@dataclass(frozen=True, slots=True)
class Again:
    """Run the branches once more after `wait`; the runs of the last round are dropped."""

    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Closing:
    """What a flowable task is told when its branches have ended: how, and by which children of its own."""

    state: State
    branches: Branches
    """What it chose when it started."""
    children: Sequence[TaskRun] = ()
    declared: Mapping[str, Json] = field(default_factory=dict)
    """The values of its `declared` outputs."""


class FlowableTask(Task):
    """A task that runs tasks. Choosing them is light; what they do is theirs."""

    abstract: ClassVar[bool] = True
    light: ClassVar[bool] = True

    def branches(self, ctx: RunContext) -> Branches:
        """Choose the tasks to run. Evaluated once, when the task run starts."""
        raise NotImplementedError

    def opened(self, ctx: RunContext) -> Output | None:
        """Return the outputs, visible as soon as the task run has started."""
        return None

    def again(self, ctx: RunContext, rounds: int) -> Again | None:
        """Decide, after `rounds` rounds ended without failure, whether to run once more.

        Raise `TaskFailure` to end FAILED. Only called where `repeats` is true.
        """
        return None

    @classmethod
    def parts(cls, spec: TaskSpec) -> Sequence[tuple[TaskSpec, type[Task]]]:
        """Return tasks the class itself adds as children, with their classes; most add none. One with the id
        of the task itself stands for it."""
        return ()

    repeats: ClassVar[bool] = False
    """Whether `again` is asked when the branches have ended."""

    forgives: ClassVar[bool] = False
    """Whether a FAILED result becomes WARNING."""

    closes: ClassVar[bool] = False
    """Whether `close` is called when the branches have ended."""

    shares_folder: ClassVar[bool] = False
    """Whether the tasks inside work in one folder: `ctx.work_dir` of this task run and of those below."""

    isolates: ClassVar[bool] = False
    """Whether outputs of the tasks inside are seen inside only, as in an execution of its own."""

    def declared(self) -> Sequence[OutputSpec]:
        """Return outputs to render with the variables of the tasks inside, when the branches have ended."""
        return ()

    def close(self, ctx: RunContext, closing: Closing) -> Output | None:
        """Return the outputs after the branches have ended; only called where `closes` is true."""
        return None

    def is_last(self, ctx: RunContext, closing: Closing) -> bool:
        """Tell whether the loop around shall begin nothing more; asked after `close`."""
        return False


@dataclass(frozen=True, slots=True)
class Resume:
    """A wish to resume another execution, with the values its Pause task asks for."""

    execution_id: str
    inputs: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """What an execution-updating task wants changed; applied by the executor, in order."""

    labels: Mapping[str, str] = field(default_factory=dict)
    set_variables: Mapping[str, Json] = field(default_factory=dict)
    overwrite_variables: bool = True
    unset_variables: Sequence[str] = ()
    ignore_missing_variables: bool = False
    exit_state: State | None = None
    resume: Resume | None = None


class ExecutionTask(Task):
    """A task that changes the execution it is part of."""

    abstract: ClassVar[bool] = True

    def change(self, ctx: RunContext) -> Change:
        """Answer what to change."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Call:
    """A wish to start another execution and, if `wait`, to end as it ends."""

    namespace: str
    flow_id: str
    revision: int | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    wait: bool = True
    transmit_failed: bool = True
    inherit_labels: bool = False
    schedule_date: datetime | None = None
    restart_behavior: str = "RETRY_FAILED"
    outputs: Mapping[str, Json] | None = None
    """Rendered with the variables of the other execution, when its flow declares no outputs."""


class SubflowTask(Task):
    """A task that starts another execution."""

    abstract: ClassVar[bool] = True

    def call(self, ctx: RunContext) -> Call:
        """Answer which flow to start with what."""
        raise NotImplementedError

    def returned(
        self, ctx: RunContext, execution_id: str, state: State, outputs: Mapping[str, Json]
    ) -> Output:
        """Return the outputs, once the other execution was created (no wait) or has ended."""
        raise NotImplementedError


class SubflowsTask(Task):
    """A task that starts many executions at once and, if they are waited for, ends as the worst of them."""

    abstract: ClassVar[bool] = True

    def calls(self, ctx: RunContext) -> Sequence[Call]:
        """Answer which flows to start with what; all calls wait, or none does."""
        raise NotImplementedError

    def all_returned(
        self, ctx: RunContext, execution_ids: Sequence[str], states: Mapping[str, int]
    ) -> Output:
        """Return the outputs, once the executions were created (no wait) or have all ended.

        `states` counts the executions by state.
        """
        raise NotImplementedError
