"""How dates of rows become text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.errors import TaskFailure
from engine.expression.date_format import format_moment
from engine.plugin import Plugin, RunContext, Text

_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_ZONE = re.compile(r"[XxZzVO]")


class DateFormats(Plugin):
    """Patterns of dates. A part in brackets is left out where the value does not have it."""

    abstract: ClassVar[bool] = True

    date_format: Text = "yyyy-MM-dd"
    """Pattern of dates."""

    time_format: Text = "HH:mm:ss[XXX]"
    """Pattern of times of day."""

    date_time_format: Text = "yyyy-MM-dd'T'HH:mm:ss.SSS[XXX]"
    """Pattern of dates with time."""

    time_zone_id: Text | None = None
    """Time zone that dates with an offset are written in; by default the server's. Moments of UTC stay so."""

    def zone(self, ctx: RunContext) -> ZoneInfo:
        """Return the time zone; raises TaskFailure when there is none of this name."""
        return zone_of(ctx, self.time_zone_id)

    def date_text(self, value: date | time, zone: ZoneInfo) -> str:
        """Write a date, a time of day, or both."""
        if isinstance(value, datetime):
            moved = value if value.tzinfo in (None, UTC) else value.astimezone(zone)
            return _written(moved, self.date_time_format)
        if isinstance(value, time):
            return _written(datetime.combine(date(1970, 1, 1), value), self.time_format)
        return _written(datetime.combine(value, time(0)), self.date_format)


def zone_of(ctx: RunContext, name: str | None) -> ZoneInfo:
    """Return the zone of this name, without a name the server's; raises TaskFailure when there is none."""
    name = name or str(ctx.world.zone)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise TaskFailure(
            f"timeZoneId: '{name}' is not a time zone; write it like Europe/Paris or UTC"
        ) from error


def _written(value: datetime, pattern: str) -> str:
    if value.tzinfo is None:
        pattern = _OPTIONAL.sub(lambda part: "" if _ZONE.search(part[1]) else part[0], pattern)
        if not _ZONE.search(re.sub(r"'[^']*'", "", pattern)):
            value = value.replace(tzinfo=UTC)  # the pattern writes no zone
    return format_moment(value, pattern)
