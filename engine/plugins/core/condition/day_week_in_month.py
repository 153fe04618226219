"""On the first, second, third, fourth or last of a day of the week in its month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from engine.plugin import Example
from engine.plugins.core.condition._date import DAYS, DateCondition

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DayWeekInMonth(DateCondition):
    """Holds when the date is the first, second, third, fourth or last of a day of the week in its month.

    Fails when the text is no date.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Only on the first Monday of a month",
            """\
id: first-monday
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
      - type: io.kestra.plugin.core.condition.DayWeekInMonth
        dayOfWeek: MONDAY
        dayInMonth: FIRST
""",
            runnable=True,
        ),
    )

    day_of_week: Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]
    """The day of the week."""

    day_in_month: Literal["FIRST", "SECOND", "THIRD", "FOURTH", "LAST"]
    """Which of them in the month."""

    def holds(self, ctx: RunContext) -> bool:
        """Compare."""
        moment = self.moment(ctx)
        if DAYS[moment.weekday()] != self.day_of_week:
            return False
        if self.day_in_month == "LAST":
            return (moment.date() + timedelta(days=7)).month != moment.month
        return (moment.day - 1) // 7 == ("FIRST", "SECOND", "THIRD", "FOURTH").index(self.day_in_month)
