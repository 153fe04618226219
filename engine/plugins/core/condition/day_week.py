"""On one day of the week."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from engine.plugin import Example
from engine.plugins.core.condition._date import DAYS, DateCondition

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DayWeek(DateCondition):
    """Holds when the date is on a day of the week. Fails when the text is no date."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Only on Thursdays",
            """\
id: on-thursdays
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
      - type: io.kestra.plugin.core.condition.DayWeek
        dayOfWeek: THURSDAY
""",
            runnable=True,
        ),
    )

    day_of_week: Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
    """The day."""

    def holds(self, ctx: RunContext) -> bool:
        """Compare."""
        return DAYS[self.moment(ctx).weekday()] == self.day_of_week
