"""Time zones of triggers, and how their dates are written."""

from __future__ import annotations

import os
from datetime import datetime, tzinfo
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator


def _known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"'{name}' is not a time zone; write it like Europe/Berlin or UTC") from error
    return name


ZoneName = Annotated[str, AfterValidator(_known)]
"""The name of a time zone."""


def zone_of(name: str | None) -> tzinfo:
    """Return the zone of a name, the server's own without one."""
    return server_zone() if name is None else ZoneInfo(name)


@cache
def server_zone() -> ZoneInfo:
    """Return the zone the service runs in: `TZ`, else UTC; the same that expressions use."""
    try:
        return ZoneInfo(os.environ.get("TZ") or "UTC")
    except (KeyError, OSError, ValueError):
        return ZoneInfo("UTC")


def moment_text(moment: datetime) -> str:
    """Write a moment with its offset, `Z` for UTC; seconds always, fractions only if there are some."""
    return moment.isoformat().replace("+00:00", "Z")
