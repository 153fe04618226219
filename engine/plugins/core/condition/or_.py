"""One of several conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.plugin import Example
from engine.plugin.condition import Condition

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Or(Condition):
    """Holds when at least one of its conditions does. Fails as they do."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "On Mondays and at weekends",
            """\
id: mondays-and-weekends
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: hello
triggers:
  - id: daily
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 11 * * *"
    conditions:
      - type: io.kestra.plugin.core.condition.Or
        conditions:
          - type: io.kestra.plugin.core.condition.Weekend
          - type: io.kestra.plugin.core.condition.DayWeek
            dayOfWeek: MONDAY
""",
            runnable=True,
        ),
    )

    conditions: Annotated[list[Condition], Field(min_length=1)]
    """The conditions."""

    def holds(self, ctx: RunContext) -> bool:
        """Ask them."""
        return any(condition.holds(ctx) for condition in self.conditions)
