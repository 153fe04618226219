"""On a Saturday or Sunday."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example
from engine.plugins.core.condition._date import DateCondition

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Weekend(DateCondition):
    """Holds when the date is on a Saturday or Sunday. Fails when the text is no date."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Only at weekends",
            """\
id: at-weekends
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
      - type: io.kestra.plugin.core.condition.Weekend
""",
            runnable=True,
        ),
    )

    def holds(self, ctx: RunContext) -> bool:
        """Compare."""
        return self.moment(ctx).weekday() >= 5
