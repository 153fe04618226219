"""Pause the execution until a person resumes it, or for some time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from engine.model.flow import TaskSpec
from engine.model.json import Json
from engine.model.moment import to_text
from engine.model.state import State
from engine.plugin import STATIC, Duration, Example, Output, Wait, WaitTask

if TYPE_CHECKING:
    from engine.plugin import RunContext

_THEN = {"RESUME": State.SUCCESS, "WARN": State.WARNING, "FAIL": State.FAILED, "CANCEL": State.CANCELLED}


class PauseOutput(Output):
    """Outputs of `Pause`."""

    on_resume: dict[str, Any] | None = None
    """The values given by whoever resumed the execution."""

    resumed: dict[str, Any] | None = None
    """When it was resumed (`on`) and to which state (`to`)."""


class Pause(WaitTask):
    """Pause the execution until somebody resumes it, or for some time. Tasks running side by side go on.

    Whoever resumes may be asked for values (`onResume`); values that do not fit are refused and the pause
    goes on. When `pauseDuration` is over, `behavior` says what follows. Killing the execution ends the pause.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.flows.Pause",)
    renamed: ClassVar[Mapping[str, str]] = {"delay": "pauseDuration"}
    gives: ClassVar[type[Output]] = PauseOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Ask for approval",
            """\
id: approval
namespace: company.team
tasks:
  - id: approve
    type: io.kestra.plugin.core.flow.Pause
    onResume:
      - id: approved
        type: BOOL
        defaults: false
      - id: reason
        type: STRING
        required: false
  - id: if_approved
    type: io.kestra.plugin.core.flow.If
    condition: "{{ outputs.approve.onResume.approved }}"
    then:
      - id: load
        type: io.kestra.plugin.core.log.Log
        message: loading
""",
        ),
        Example(
            "Go on by itself after a moment",
            """\
id: short-pause
namespace: company.team
tasks:
  - id: pause
    type: io.kestra.plugin.core.flow.Pause
    pauseDuration: PT0.1S
  - id: after
    type: io.kestra.plugin.core.log.Log
    message: resumed
""",
            runnable=True,
        ),
    )

    pause_duration: Duration | None = None
    """How long to pause; until somebody resumes when left out."""

    behavior: Literal["RESUME", "WARN", "CANCEL", "FAIL"] = "RESUME"
    """What happens when `pauseDuration` is over: go on, go on with a warning, cancel the execution, fail."""

    timeout: Duration | None = None
    """How long to wait before the task fails. Older form of `pauseDuration` with `behavior: FAIL`."""

    on_resume: Annotated[list[dict[str, Any]] | None, STATIC] = None
    """Inputs that whoever resumes is asked for, written like the inputs of a flow."""

    on_pause: TaskSpec | None = None
    """A task to run while paused, for example to tell somebody; the pause ends when it is through as well."""

    tasks: list[TaskSpec] = []
    """Tasks to run when the pause is over. Older form of tasks after this one."""

    def wait(self, ctx: RunContext) -> Wait:
        """Pause until the earlier of the two dates, or for good."""
        during = () if self.on_pause is None else (self.on_pause,)
        return replace(self._plain(ctx.clock()), during=during, afterwards=tuple(self.tasks))

    def _plain(self, now: datetime) -> Wait:
        if self.timeout is not None and (self.pause_duration is None or self.timeout < self.pause_duration):
            return Wait(now + self.timeout, State.PAUSED, State.FAILED)
        until = None if self.pause_duration is None else now + self.pause_duration
        then = State.SUCCESS if until is None else _THEN[self.behavior]
        return Wait(until, State.PAUSED, then, cancel_execution=until is not None and then is State.CANCELLED)

    def woken(self, ctx: RunContext, resumed: Mapping[str, Json] | None) -> PauseOutput:
        """Give the values."""
        if resumed is None:
            return PauseOutput()
        return PauseOutput(on_resume=dict(resumed), resumed={"on": to_text(ctx.clock()), "to": "RUNNING"})
