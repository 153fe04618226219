"""Start a flow at the times of a cron expression."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import model_validator

from engine.model.json import Json
from engine.plugin import STATIC, Duration, Example, Output, ScheduleTrigger
from engine.plugins.core.trigger._cron import check_cron, dates_after, dates_before
from engine.plugins.core.trigger._zone import ZoneName, moment_text, zone_of


class ScheduleOutput(Output):
    """Variables of a start, read as `trigger.<name>`."""

    date: str
    """The planned date, as ISO text with the offset of the time zone."""

    next: str | None = None
    """The date after it."""

    previous: str | None = None
    """The date before it."""


class Schedule(ScheduleTrigger):
    """Start the flow at the times of a cron expression.

    An execution sees the planned date as `trigger.date`; a manual run has no `trigger`, so write
    `{{ trigger.date ?? now() }}` where both are possible. The schedule waits until the execution it started
    has ended; dates that passed meanwhile follow. A new schedule starts at its next date, not at once.

    With daylight saving, a time of day that happens twice in a night starts once, and one that is left out
    starts as much later as the clock was put forward. An expression that is no cron, or that never happens,
    is refused when the flow is saved.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.models.triggers.types.Schedule",)
    gives: ClassVar[type[Output]] = ScheduleOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Every day at 9 in Berlin",
            """\
id: every-morning
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "planned for {{ trigger.date ?? 'now' }}"
triggers:
  - id: morning
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 9 * * *"
    timezone: Europe/Berlin
""",
            runnable=True,
        ),
        Example(
            "First of every month, with an input",
            """\
id: every-month
namespace: company.team
inputs:
  - id: taxi
    type: STRING
    defaults: yellow
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ inputs.taxi }}"
triggers:
  - id: green
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 9 1 * *"
    inputs:
      taxi: green
""",
            runnable=True,
        ),
    )

    cron: str
    """Five fields: minute, hour, day of month, month, day of week (0 and 7 are Sunday, 1 is Monday). Lists,
    upward ranges, steps and names like `MON` or `JAN` are possible; when day of month and day of week are
    both restricted, either may match. Or one of `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`,
    `@yearly`, `@annually`."""

    with_seconds: bool = False
    """Whether a field of seconds comes first, so that there are six."""

    timezone: ZoneName | None = None
    """The time zone of the expression, like `Europe/Berlin`; the server's own when left out."""

    late_maximum_delay: Duration | None = None
    """Leave out a date that is longer ago than this when it is looked at."""

    recover_missed_schedules: Literal["ALL", "LAST", "NONE"] | None = None
    """What is done with dates that passed while the service was down: start them all, only the last, or
    none. ALL when left out."""

    backfill: Annotated[dict[str, Any] | None, STATIC] = None
    """Deprecated and without effect: start a backfill by the API or in the user interface."""

    @model_validator(mode="after")
    def _possible(self) -> Schedule:
        check_cron(self.cron, with_seconds=self.with_seconds)
        return self

    @property
    def zone(self) -> tzinfo:
        """The time zone of the expression."""
        return zone_of(self.timezone)

    def next_fire(self, after: datetime) -> datetime | None:
        """Return the first date strictly after `after`, in UTC."""
        return next(self.dates_after(after), None)

    def previous_fire(self, before: datetime) -> datetime | None:
        """Return the last date strictly before `before`, in UTC."""
        return next(self.dates_before(before), None)

    def dates_after(self, after: datetime) -> Iterator[datetime]:
        """Yield the dates strictly after `after`, earliest first, in UTC."""
        return dates_after(self._expression, after, self.zone)

    def dates_before(self, before: datetime) -> Iterator[datetime]:
        """Yield the dates strictly before `before`, latest first, in UTC."""
        return dates_before(self._expression, before, self.zone)

    def written(self, date: datetime) -> str:
        """Return a date as text with the offset of the time zone."""
        return moment_text(date.astimezone(self.zone))

    def variables(self, date: datetime) -> dict[str, Json]:
        """Return the planned date and its neighbours."""
        known = {"date": date, "next": self.next_fire(date), "previous": self.previous_fire(date)}
        return {name: self.written(value) for name, value in known.items() if value is not None}

    @property
    def _expression(self) -> str:
        return _checked(self.cron, self.with_seconds)


@lru_cache(maxsize=4096)
def _checked(cron: str, with_seconds: bool) -> str:
    return check_cron(cron, with_seconds=with_seconds)
