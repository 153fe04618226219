"""A flow as written: templates inside, every place known by path and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from engine.model.json import Json
from engine.model.label import Labels
from engine.model.log import Level
from engine.model.state import State


@dataclass(frozen=True, slots=True)
class Retry:
    """When a failed attempt is tried again. `max_attempts` counts all attempts, the first included."""

    kind: Literal["constant", "exponential", "random"]
    interval: timedelta | None = None
    max_interval: timedelta | None = None
    min_interval: timedelta | None = None
    delay_factor: float = 2.0
    max_attempts: int | None = None
    max_duration: timedelta | None = None
    warning_on_retry: bool = False
    behavior: Literal["RETRY_FAILED_TASK", "CREATE_NEW_EXECUTION"] = "RETRY_FAILED_TASK"


@dataclass(frozen=True, slots=True)
class TaskCache:
    """Re-use of a task's outputs while its rendered properties stay the same."""

    enabled: bool = False
    ttl: timedelta | None = None


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """A task as written. `type` is the canonical id; `properties` holds only the type's own properties,
    plugin defaults merged in and alias spellings resolved, with `TaskSpec` objects where nested tasks stand
    (in the same lists and maps as in the YAML). `timeout` and `run_if` may be templates.
    """

    id: str
    type: str
    properties: Mapping[str, Json] = field(default_factory=dict)
    description: str | None = None
    disabled: bool = False
    run_if: str | None = None
    timeout: str | None = None
    retry: Retry | None = None
    allow_failure: bool = False
    allow_warning: bool = False
    log_level: Level | None = None
    log_to_file: bool = False
    task_cache: TaskCache | None = None
    errors: tuple[TaskSpec, ...] = ()
    finally_: tuple[TaskSpec, ...] = ()
    path: str = ""
    line: int | None = None

    def children(self) -> Iterator[TaskSpec]:
        """Yield the directly nested tasks: those in properties, then errors, then finally."""
        yield from _specs_in(self.properties)
        yield from self.errors
        yield from self.finally_

    def walk(self) -> Iterator[TaskSpec]:
        """Yield this task and everything nested in it, in the order of the YAML."""
        yield self
        for child in self.children():
            yield from child.walk()


def _specs_in(value: object) -> Iterator[TaskSpec]:
    if isinstance(value, TaskSpec):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _specs_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _specs_in(item)


@dataclass(frozen=True, slots=True)
class TriggerSpec:
    """A start condition as written; `properties` holds the type's own properties, templates inside."""

    id: str
    type: str
    properties: Mapping[str, Json] = field(default_factory=dict)
    description: str | None = None
    disabled: bool = False
    inputs: Mapping[str, Json] = field(default_factory=dict)
    labels: Labels = field(default_factory=dict)
    conditions: tuple[Mapping[str, Json], ...] = ()
    when: str | None = None
    stop_after: tuple[State, ...] = ()
    allow_concurrent: bool = False
    log_level: Level | None = None
    path: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class DependsOn:
    """The inputs another input waits for, and the condition under which it is asked."""

    inputs: tuple[str, ...] = ()
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class InputSpec:
    """A declared input. `options` holds what only its type knows (`min`, `values`, `validator` …)."""

    id: str
    type: str
    required: bool = True
    defaults: Json = None
    prefill: Json = None
    description: str | None = None
    display_name: str | None = None
    depends_on: DependsOn | None = None
    options: Mapping[str, Json] = field(default_factory=dict)
    path: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """A declared output of the flow; `value` is rendered when the execution ends."""

    id: str
    value: Json
    type: str | None = None
    item_type: str | None = None
    required: bool = True
    description: str | None = None
    display_name: str | None = None


@dataclass(frozen=True, slots=True)
class PluginDefault:
    """Values for every type whose id starts with `type`."""

    type: str
    values: Mapping[str, Json]
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Concurrency:
    """How many executions of the flow may run at once, and what happens to one more."""

    limit: int
    behavior: Literal["QUEUE", "CANCEL", "FAIL"] = "QUEUE"


@dataclass(frozen=True, slots=True)
class Sla:
    """A promise about executions of the flow, and what happens when it is broken."""

    id: str
    type: Literal["MAX_DURATION", "EXECUTION_ASSERTION"]
    behavior: Literal["FAIL", "CANCEL", "NONE"]
    duration: timedelta | None = None
    assertion: str | None = None
    labels: Labels = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """A condition on the inputs, evaluated before an execution is created."""

    condition: str
    message: str
    style: Literal["ERROR", "SUCCESS", "WARNING", "INFO"] = "INFO"
    behavior: Literal["BLOCK_EXECUTION", "FAIL_EXECUTION", "CREATE_EXECUTION"] = "BLOCK_EXECUTION"


@dataclass(frozen=True, slots=True)
class Listener:
    """Deprecated: tasks that run after the end when all conditions hold."""

    conditions: tuple[Mapping[str, Json], ...]
    tasks: tuple[TaskSpec, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow as written, typed; `source` is the text it came from, byte for byte."""

    id: str
    namespace: str
    source: str
    tasks: tuple[TaskSpec, ...]
    revision: int = 1
    description: str | None = None
    labels: Labels = field(default_factory=dict)
    inputs: tuple[InputSpec, ...] = ()
    outputs: tuple[OutputSpec, ...] = ()
    variables: Mapping[str, Json] = field(default_factory=dict)
    errors: tuple[TaskSpec, ...] = ()
    finally_: tuple[TaskSpec, ...] = ()
    after_execution: tuple[TaskSpec, ...] = ()
    listeners: tuple[Listener, ...] = ()
    triggers: tuple[TriggerSpec, ...] = ()
    plugin_defaults: tuple[PluginDefault, ...] = ()
    concurrency: Concurrency | None = None
    retry: Retry | None = None
    sla: tuple[Sla, ...] = ()
    checks: tuple[Check, ...] = ()
    worker_group: str | None = None
    """The queue its executions wait in, where several processes share the work."""
    disabled: bool = False
    deleted: bool = False

    def walk(self) -> Iterator[TaskSpec]:
        """Yield every task of the flow, nested ones included."""
        listened = tuple(task for listener in self.listeners for task in listener.tasks)
        for task in (*self.tasks, *self.errors, *self.finally_, *self.after_execution, *listened):
            yield from task.walk()
