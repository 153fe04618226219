"""Run tasks again and again until a condition is true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from engine.errors import TaskFailure
from engine.model.branches import Branches
from engine.model.flow import TaskSpec
from engine.model.moment import from_text
from engine.model.truth import is_truthy
from engine.plugin import STATIC, Again, Duration, Example, FlowableTask, Output, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class CheckFrequency(BaseModel):
    """How often and how long a loop is repeated."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    max_iterations: Annotated[int, Field(ge=1)] | None = None
    """The most times the tasks run; no limit when left out."""

    max_duration: Duration | None = None
    """The longest time the loop goes on, checked between two rounds; no limit when left out."""

    interval: Duration = timedelta(minutes=1)
    """Time between the end of a round and the next one."""


class LoopUntilOutput(Output):
    """Outputs of `LoopUntil`."""

    iteration_count: int
    """The number of the present round, from 1."""


class LoopUntil(FlowableTask):
    """Run tasks in order, again and again, until a condition is true.

    The condition is rendered after every round and sees the outputs of that round, which replace those of
    the round before. The text is false when it is empty, `false`, `0` or `-0`, and true otherwise.

    A task that fails ends the loop, which then fails. When the most rounds or the longest time are reached it
    ends with a warning in the log, or fails if `failOnMaxReached` is true.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.core.flow.WaitFor",)
    gives: ClassVar[type[Output]] = LoopUntilOutput
    repeats: ClassVar[bool] = True
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Three rounds",
            """\
id: three-rounds
namespace: company.team
tasks:
  - id: loop
    type: io.kestra.plugin.core.flow.LoopUntil
    condition: "{{ outputs.loop.iterationCount >= 3 }}"
    checkFrequency:
      interval: PT0.05S
      maxIterations: 10
    tasks:
      - id: round
        type: io.kestra.plugin.core.log.Log
        message: "round {{ outputs.loop.iterationCount }}"
""",
            runnable=True,
        ),
        Example(
            "Wait until an address answers",
            """\
id: wait-for-service
namespace: company.team
tasks:
  - id: loop
    type: io.kestra.plugin.core.flow.LoopUntil
    condition: "{{ outputs.ping.code == 200 }}"
    failOnMaxReached: true
    checkFrequency:
      interval: PT30S
      maxDuration: PT1H
    tasks:
      - id: ping
        type: io.kestra.plugin.core.http.Request
        uri: https://example.com/health
        options:
          allowFailed: true
""",
        ),
    )

    condition: Annotated[Text, STATIC]
    """The condition that ends the loop, rendered after every round."""

    tasks: Annotated[list[TaskSpec], Field(min_length=1)]
    """The tasks of a round."""

    fail_on_max_reached: bool = False
    """Fail when the most rounds or the longest time are reached."""

    check_frequency: CheckFrequency = CheckFrequency()
    """How often and how long the loop is repeated."""

    def branches(self, ctx: RunContext) -> Branches:
        """Run all tasks in order."""
        return Branches.sequence(self.tasks)

    def again(self, ctx: RunContext, rounds: int) -> Again | None:
        """Go on while the condition is false and no limit is reached."""
        if is_truthy(ctx.render(self.condition)):
            return None
        limits = self.check_frequency
        if limits.max_iterations is not None and rounds >= limits.max_iterations:
            self._stop(ctx, f"Max iterations reached ({rounds})")
            return None
        if limits.max_duration is not None and ctx.clock() - _started(ctx) >= limits.max_duration:
            self._stop(ctx, "Max duration reached")
            return None
        return Again(limits.interval)

    def _stop(self, ctx: RunContext, reason: str) -> None:
        if self.fail_on_max_reached:
            raise TaskFailure(f"{reason} while the condition '{self.condition}' is false")
        ctx.warn(reason)


def _started(ctx: RunContext) -> datetime:
    """Return when this task run was created."""
    started = (ctx.variables.get("taskrun") or {}).get("startDate")
    if started is None:
        return ctx.clock()
    return started if isinstance(started, datetime) else from_text(str(started))
