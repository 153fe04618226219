"""Time zones by the names Java accepts: regions, `UTC`, `Z`, offsets like `+02:00` and `GMT+2`."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.errors import ExpressionError
from engine.expression.nearest import did_you_mean

_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([-+])(\d{1,2})(?::?(\d\d))?(?::?(\d\d))?")


@lru_cache(maxsize=512)
def zone_of(name: str) -> tzinfo:
    """Return the zone. Raises ExpressionError with the nearest known name."""
    if name in ("Z", "UTC", "GMT", "UT"):
        return UTC if name == "Z" else ZoneInfo("UTC" if name == "UT" else name)
    match = _OFFSET.fullmatch(name)
    if match is not None:
        parts = [int(part or 0) for part in match.groups()[1:]]
        offset = timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2])
        if offset <= timedelta(hours=18):
            return timezone(-offset if match[1] == "-" else offset)
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ExpressionError(
            f"'{name}' is not a time zone; write one like Europe/Paris, UTC or +02:00{_meant(name)}"
        ) from None


def _meant(name: str) -> str:
    from zoneinfo import available_timezones  # reads the whole zone database: only for a message

    return did_you_mean(name, sorted(available_timezones()))
