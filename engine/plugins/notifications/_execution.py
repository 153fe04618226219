"""What a message about an execution tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import quote

from engine.errors import TaskFailure
from engine.expression.text import printed
from engine.model.execution import Execution, TaskRun
from engine.model.state import State
from engine.plugin import Plugin, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext

SETTINGS: Final = "io.kestra.plugin.notifications"
"""Plugin settings of the operator: `url`, the address of this service, for links."""


class ExecutionProperties(Plugin):
    """Which execution is told of, and what is added."""

    abstract: ClassVar[bool] = True

    execution_id: Text | None = None
    """The execution; by default this one. In a flow with a Flow trigger write `{{ trigger.executionId }}`."""

    custom_fields: dict[str, Any] | None = None
    """More facts: name to value."""

    custom_message: Text | None = None
    """A text of your own."""

    def facts(self, ctx: RunContext) -> Facts:
        """Gather what is known of the execution; raises TaskFailure when there is none."""
        wanted = self.execution_id or ctx.where.execution_id
        execution = ctx.world.store.executions.get(wanted)
        if execution is None:
            raise TaskFailure(f"executionId: there is no execution '{wanted}'")
        last = _last_task(execution)
        return Facts(
            namespace=execution.namespace,
            flow_id=execution.flow_id,
            execution_id=execution.id,
            state=_state(execution),
            started=execution.history.started,
            duration=execution.history.duration(ctx.clock()),
            task=last.task_id if last else None,
            failed=last is not None and last.state is State.FAILED,
            link=_link(ctx, execution),
            message=self.custom_message,
            custom={name: printed(value) for name, value in (self.custom_fields or {}).items()},
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of an execution. `task` is the first that failed, otherwise the last that ended well."""

    namespace: str
    flow_id: str
    execution_id: str
    state: State
    started: datetime
    duration: timedelta
    task: str | None
    failed: bool
    link: str | None
    message: str | None
    custom: Mapping[str, str]

    @property
    def title(self) -> str:
        """One line that says it all."""
        return f"{self.namespace}.{self.flow_id}: {self.state}"

    @property
    def rows(self) -> dict[str, str]:
        """Name to value, for a table; the fields of the author last."""
        found = {
            "Namespace": self.namespace,
            "Flow": self.flow_id,
            "Execution": self.execution_id,
            "State": str(self.state),
            "Started": self.started.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "Duration": duration_words(self.duration),
        }
        if self.task:
            found["Failed task" if self.failed else "Last task"] = self.task
        return {**found, **self.custom}

    @property
    def color(self) -> str:
        """A colour for the state, as six hexadecimal digits."""
        return _COLORS.get(self.state, "5b6770")


_COLORS: Final = {
    State.SUCCESS: "2e8540",
    State.WARNING: "d9822b",
    State.FAILED: "c23030",
    State.KILLED: "7d3c98",
    State.PAUSED: "8a6d3b",
}


def duration_words(duration: timedelta) -> str:
    """Write a duration for people: `850 ms`, `12.5 s`, `3 min 5 s`, `2 h 7 min`."""
    seconds = max(duration.total_seconds(), 0)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _last_task(execution: Execution) -> TaskRun | None:
    """Return the task run that explains the state: the first that failed, not those around it."""
    parents = {run.parent_id for run in execution.task_runs}
    leaves = [run for run in execution.task_runs if run.id not in parents]
    failed = [run for run in leaves if run.state is State.FAILED]
    if failed:
        return min(failed, key=lambda run: run.history.passages[-1].date)
    ended = [run for run in leaves if run.state.ended]
    return max(ended, key=lambda run: run.history.passages[-1].date) if ended else None


def _state(execution: Execution) -> State:
    """Return the state; an execution that only works off what follows a failure counts as failed."""
    if execution.state is State.RUNNING:
        failed = any(run.state is State.FAILED and run.section == "tasks" for run in execution.task_runs)
        if failed and any(run.section == "errors" for run in execution.task_runs):
            return State.FAILED
    return execution.state


def _link(ctx: RunContext, execution: Execution) -> str | None:
    settings = ctx.world.settings.get(SETTINGS)
    base = settings.get("url") if isinstance(settings, Mapping) else None
    if not isinstance(base, str) or not base:
        return None
    parts = ("main", "executions", execution.namespace, execution.flow_id, execution.id)
    return f"{base.rstrip('/')}/ui/{'/'.join(quote(part, safe='') for part in parts)}"
