"""Points in time: always UTC, with microseconds, one text form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Returns the current moment in UTC; passed in, so that tests own the time."""


def now() -> datetime:
    """Return the current moment in UTC."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """Write `2026-01-02T03:04:05.678901Z`; sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Read what `to_text` wrote, and any ISO moment with an offset."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
