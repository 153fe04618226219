"""What is recorded of a run: executions, task runs, attempts. Frozen; changed by `replace`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from engine.model.branches import Branches
from engine.model.json import Json
from engine.model.label import Labels
from engine.model.state import History, State

Section = Literal["tasks", "errors", "finally", "after"]
"""Which list of its parent (or of the flow) a task run belongs to."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a task run; keeps its raw state even when the task run ends better or worse."""

    history: History
    log_file: str | None = None

    @property
    def state(self) -> State:
        """The present state of the attempt."""
        return self.history.current


@dataclass(frozen=True, slots=True)
class TaskRun:
    """A task in an execution. `index` is the order of creation; `due` is the date it waits for, if any.

    A child under a flowable is known by (parent_id, task_id, value). `branches` is what a flowable answered
    when it started; `inner` are private facts its plugin keeps (loop counts, subflow ids).
    """

    id: str
    execution_id: str
    task_id: str
    history: History
    index: int
    parent_id: str | None = None
    section: Section = "tasks"
    value: str | None = None
    iteration: int | None = None
    attempts: tuple[Attempt, ...] = ()
    outputs: dict[str, Json] | None = None
    branches: Branches | None = None
    due: datetime | None = None
    inner: dict[str, Json] | None = None
    dynamic: bool = False

    @property
    def state(self) -> State:
        """The present state."""
        return self.history.current


@dataclass(frozen=True, slots=True)
class ExecutionTrigger:
    """What started an execution and the variables it brought (`{{ trigger.date }}` …)."""

    id: str
    type: str
    variables: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of a flow. `task_runs` is filled where a reader asked for it, in order of creation."""

    id: str
    namespace: str
    flow_id: str
    flow_revision: int
    history: History
    original_id: str
    original_created: datetime
    inputs: dict[str, Json] | None = None
    outputs: dict[str, Json] | None = None
    labels: Labels = field(default_factory=dict)
    variables: dict[str, Json] | None = None
    parent_id: str | None = None
    trigger: ExecutionTrigger | None = None
    attempt_number: int = 1
    schedule_date: datetime | None = None
    kind: str = "NORMAL"
    owner: str | None = None
    breakpoints: tuple[str, ...] = ()
    stopping: State | None = None
    """How an execution that is being stopped will end, when that is not KILLED."""
    task_runs: tuple[TaskRun, ...] = ()

    @property
    def state(self) -> State:
        """The present state."""
        return self.history.current
