"""The date a condition looks at: that of the schedule, or the one given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Text
from engine.plugin.condition import Condition

if TYPE_CHECKING:
    from engine.plugin import RunContext

DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


class DateCondition(Condition):
    """A condition on a date."""

    abstract: ClassVar[bool] = True

    date: Text | None = None
    """The date that is looked at; that of the schedule, `{{ trigger.date }}`, when left out."""

    def moment(self, ctx: RunContext) -> datetime:
        """Return the date, in its own zone; raises TaskFailure when there is none."""
        given = self.date
        if given is None:
            trigger = ctx.variables.get("trigger")
            given = trigger.get("date") if isinstance(trigger, Mapping) else None
        if given is None:
            raise TaskFailure("date: there is no `trigger.date` here; write the date the condition looks at")
        return read_moment(ctx, given)


def read_moment(ctx: RunContext, text: object) -> datetime:
    """Read a date with time; without an offset it counts in the server's zone."""
    if isinstance(text, datetime):
        moment = text
    else:
        try:
            moment = datetime.fromisoformat(str(text).strip())
        except ValueError:
            raise TaskFailure(f"'{text}' is not a date; write it like 2024-01-31T00:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ctx.world.zone)
