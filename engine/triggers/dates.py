"""The dates of a schedule, seen through its conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.errors import FlowsmithError
from engine.model.json import Json
from engine.plugin import ScheduleTrigger

REACH = timedelta(days=3653)
"""How far a date is searched at which the conditions hold: ten years."""

LONGEST_SEARCH = 5_000
"""How many dates are asked in one search. A search that stops here answers with the date it has reached;
that one is asked again when it is due, and the search goes on from it."""


@dataclass(frozen=True, slots=True)
class Dates:
    """A schedule and what its dates must fulfil.

    `holds` asks the conditions for the trigger variables of a date; None where the answer is always yes, or
    depends on more than the date, so that it can only be told when the date is due.
    """

    schedule: ScheduleTrigger
    holds: Callable[[dict[str, Json]], bool] | None = None
    neighbours: bool = False
    """Whether the conditions look at `next` or `previous` as well."""

    def following(self, after: datetime) -> datetime | None:
        """Return the first date strictly after a moment, None when there is none within ten years."""
        return next(self.all_after(after), None)

    def all_after(self, after: datetime) -> Iterator[datetime]:
        """Yield the dates strictly after a moment, earliest first.

        A date whose conditions cannot be told is among them: its evaluation fails when it is due.
        """
        asked = 0
        limit = after + REACH
        for date in self.schedule.dates_after(after):
            if self.holds is not None:
                if date > limit:
                    return
                asked += 1
                if asked < LONGEST_SEARCH and not self._fits(date, otherwise=True):
                    continue
                asked = 0
                limit = date + REACH
            yield date

    def preceding(self, before: datetime) -> datetime | None:
        """Return the last date strictly before a moment, None when there is none within ten years."""
        for asked, date in enumerate(self.schedule.dates_before(before)):
            if self.holds is None or self._fits(date, otherwise=False):
                return date
            if before - date > REACH or asked >= LONGEST_SEARCH:
                return None
        return None

    def variables(self, date: datetime) -> dict[str, Json]:
        """Return the trigger variables of a date; its neighbours fulfil the conditions too."""
        if self.holds is None:
            return self.schedule.variables(date)
        known = {"date": date, "next": self.following(date), "previous": self.preceding(date)}
        return {name: self.schedule.written(one) for name, one in known.items() if one is not None}

    def _fits(self, date: datetime, *, otherwise: bool) -> bool:
        if self.holds is None:
            return True
        seen = self.schedule.variables(date) if self.neighbours else {"date": self.schedule.written(date)}
        try:
            return self.holds(seen)
        except FlowsmithError:
            return otherwise
