"""Whether and when a failed attempt is tried again. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from engine.model.flow import Retry


def next_try(
    retry: Retry | None,
    *,
    attempts: int,
    first_started: datetime,
    ended: datetime,
    draw: Callable[[float, float], float] = random.uniform,
) -> datetime | None:
    """Return the date of the next attempt, or None when there is none.

    `attempts` counts those already made, the first included. The exponential delay doubles as the
    documentation says: interval · factor^(attempts-1), at most `max_interval`.
    """
    if retry is None or (retry.max_attempts is not None and attempts >= retry.max_attempts):
        return None
    due = ended + _delay(retry, attempts, draw)
    if retry.max_duration is not None and due > first_started + retry.max_duration:
        return None
    return due


def _delay(retry: Retry, attempts: int, draw: Callable[[float, float], float]) -> timedelta:
    if retry.kind == "random":
        low = (retry.min_interval or timedelta()).total_seconds()
        high = (retry.max_interval or timedelta()).total_seconds()
        return timedelta(seconds=draw(low, high))
    interval = retry.interval or timedelta()
    if retry.kind == "constant":
        return interval
    longest = retry.max_interval or timedelta(days=1)
    factor = retry.delay_factor ** min(attempts - 1, 64)
    seconds = min(interval.total_seconds() * factor, longest.total_seconds())
    return timedelta(seconds=seconds)
