"""Several conditions, each fulfilled within a window of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.errors import FlowsmithError
from engine.plugin import Duration, Example, Text
from engine.plugin.condition import Condition
from engine.plugins.core.trigger._window import TimeWindow, all_met

if TYPE_CHECKING:
    from engine.plugin import RunContext


class MultipleCondition(Condition):
    """Holds when each of several conditions was fulfilled by some execution within a window of time.

    What was fulfilled is remembered with the trigger. A condition that cannot be told counts as not
    fulfilled.
    """

    deprecated: ClassVar[str | None] = "`preconditions` of io.kestra.plugin.core.trigger.Flow"
    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.models.conditions.types.MultipleCondition",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "After two flows within a day",
            """\
id: after-two-flows
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: hello
triggers:
  - id: upstream
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - type: io.kestra.plugin.core.condition.MultipleCondition
        id: both
        window: P1D
        conditions:
          yellow:
            type: io.kestra.plugin.core.condition.ExecutionFlow
            namespace: company.team
            flowId: load-yellow
          green:
            type: io.kestra.plugin.core.condition.ExecutionFlow
            namespace: company.team
            flowId: load-green
""",
            runnable=True,
        ),
    )

    id: Text
    """Name under which it is remembered what was fulfilled."""

    time_window: TimeWindow | None = None
    """The window of time; a day, counted from midnight, when left out."""

    window: Duration | None = None
    """Older form of `timeWindow`: length of the window."""

    window_advance: Duration | None = None
    """Older form of `timeWindow`: how long after midnight the first window begins."""

    reset_on_success: bool = True
    """Whether all conditions are wanted anew afterwards, also in the same window."""

    conditions: Annotated[dict[str, Condition], Field(min_length=1)]
    """Names to conditions."""

    def holds(self, ctx: RunContext) -> bool:
        """Remember what is fulfilled now, and tell whether everything is."""
        window = self.time_window or TimeWindow(window=self.window, window_advance=self.window_advance)
        return all_met(
            ctx, self.id, window, self.conditions, list(self._met(ctx)), reset=self.reset_on_success
        )

    def _met(self, ctx: RunContext) -> Iterator[str]:
        for name, condition in self.conditions.items():
            try:
                if condition.holds(ctx):
                    yield name
            except FlowsmithError as error:
                ctx.warn(f"condition '{name}' counts as not fulfilled: {error.message}")
