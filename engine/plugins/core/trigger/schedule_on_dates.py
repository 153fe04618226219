"""Start a flow at given dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.model.json import Json
from engine.plugin import Example, Output, ScheduleTrigger
from engine.plugins.core.trigger._zone import ZoneName, moment_text, zone_of
from engine.plugins.core.trigger.schedule import ScheduleOutput


class ScheduleOnDates(ScheduleTrigger):
    """Start the flow at given dates. A date that is no date is refused when the flow is saved."""

    gives: ClassVar[type[Output]] = ScheduleOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Two dates",
            """\
id: on-two-dates
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "planned for {{ trigger.date ?? 'now' }}"
triggers:
  - id: dates
    type: io.kestra.plugin.core.trigger.ScheduleOnDates
    timezone: Europe/Berlin
    dates:
      - 2027-01-01T09:00:00+01:00
      - 2027-07-01T09:00:00+02:00
""",
            runnable=True,
        ),
    )

    dates: Annotated[list[datetime], Field(min_length=1)]
    """The dates, like `2027-01-01T09:00:00+01:00`; without an offset they count in the time zone."""

    timezone: ZoneName | None = None
    """The time zone, like `Europe/Berlin`; the server's own when left out."""

    recover_missed_schedules: Literal["ALL", "LAST", "NONE"] | None = None
    """What is done with dates that passed while the service was down: start them all, only the last, or
    none. ALL when left out."""

    @property
    def zone(self) -> tzinfo:
        """The time zone of the dates."""
        return zone_of(self.timezone)

    def next_fire(self, after: datetime) -> datetime | None:
        """Return the first date strictly after `after`, in UTC."""
        return min((date for date in self._moments() if date > after), default=None)

    def previous_fire(self, before: datetime) -> datetime | None:
        """Return the last date strictly before `before`, in UTC."""
        return max((date for date in self._moments() if date < before), default=None)

    def dates_after(self, after: datetime) -> Iterator[datetime]:
        """Yield the dates strictly after `after`, earliest first, in UTC."""
        return iter(sorted(date for date in set(self._moments()) if date > after))

    def dates_before(self, before: datetime) -> Iterator[datetime]:
        """Yield the dates strictly before `before`, latest first, in UTC."""
        return iter(sorted((date for date in set(self._moments()) if date < before), reverse=True))

    def written(self, date: datetime) -> str:
        """Return a date as text with the offset of the time zone."""
        return moment_text(date.astimezone(self.zone))

    def variables(self, date: datetime) -> dict[str, Json]:
        """Return the planned date and its neighbours."""
        known = {"date": date, "next": self.next_fire(date), "previous": self.previous_fire(date)}
        return {name: self.written(value) for name, value in known.items() if value is not None}

    def _moments(self) -> list[datetime]:
        zone = self.zone
        return [(date if date.tzinfo else date.replace(tzinfo=zone)).astimezone(UTC) for date in self.dates]
