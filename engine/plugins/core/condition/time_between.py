"""Between two times of day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, ClassVar

from pydantic import model_validator

from engine.plugin import Example
from engine.plugins.core.condition._date import DateCondition

if TYPE_CHECKING:
    from engine.plugin import RunContext


class TimeBetween(DateCondition):
    """Holds when the time of day is after one time, before another, or both; the times themselves do not
    count. Times with different offsets are compared as of the same day in UTC.

    Fails when neither `after` nor `before` is given, or a text is no time.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Only in the morning",
            """\
id: office-hours
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
      - type: io.kestra.plugin.core.condition.TimeBetween
        after: "06:00:00+01:00"
        before: "12:00:00+01:00"
""",
            runnable=True,
        ),
    )

    after: time | None = None
    """The time must be after this one, like `16:19:12+02:00`; without an offset it is UTC."""

    before: time | None = None
    """The time must be before this one."""

    @model_validator(mode="after")
    def _something(self) -> TimeBetween:
        if self.after is None and self.before is None:
            raise ValueError("give `after`, `before` or both")
        return self

    def holds(self, ctx: RunContext) -> bool:
        """Compare."""
        seen = _since_midnight(self.moment(ctx).timetz(), self.moment(ctx))
        if self.after is not None and seen <= _since_midnight(self.after):
            return False
        return self.before is None or seen < _since_midnight(self.before)


def _since_midnight(clock: time, moment: datetime | None = None) -> timedelta:
    """Return the time since midnight of the same day in UTC; may be negative or more than a day."""
    offset = (moment.utcoffset() if moment is not None else clock.utcoffset()) or timedelta(0)
    since = timedelta(
        hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond
    )
    return since - offset
