"""Backfills: the dates of a schedule between two moments, made up for one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.errors import InputInvalid
from engine.model.json import Json
from engine.model.moment import from_text, to_text
from engine.triggers.dates import Dates

COUNTED = 10_000
"""How many dates are counted exactly; the number of more is estimated from the first ones."""

MOST_PARALLEL = 100
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Backfill:
    """What is asked for. `end` is now when left out; `parallel`: how many executions may run at once."""

    start: datetime
    end: datetime | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict)
    labels: Mapping[str, Json] = field(default_factory=dict)
    parallel: int = 1
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a backfill is; `left` dates are not begun. `estimated_end` once something has ended."""

    done: int
    running: int
    left: int
    total: int
    estimated: bool
    estimated_end: datetime | None


def begin(wanted: Backfill, dates: Dates, next_date: datetime | None, now: datetime) -> dict[str, Json]:
    """Return the stored form of a new backfill; raises InputInvalid with the reason when it cannot be."""
    end = min(wanted.end or now, now)
    if wanted.end is not None and wanted.start > wanted.end:
        raise InputInvalid({"start": f"{to_text(wanted.start)} is after the end, {to_text(wanted.end)}"})
    if wanted.start > now:
        raise InputInvalid({"start": f"{to_text(wanted.start)} is in the future, not the past"})
    if not 1 <= wanted.parallel <= MOST_PARALLEL:
        raise InputInvalid({"parallel": f"{wanted.parallel} is not possible; use 1 to {MOST_PARALLEL}"})
    first = dates.following(wanted.start - _TICK)
    if first is None or first > end:
        raise InputInvalid(
            {"start": f"the schedule has no date between {to_text(wanted.start)} and {to_text(end)}"}
        )
    total, estimated = _count(dates, wanted.start, end)
    return {
        "start": to_text(wanted.start),
        "end": to_text(end),
        "currentDate": to_text(first),
        "paused": wanted.paused,
        "inputs": dict(wanted.inputs),
        "labels": dict(wanted.labels),
        "previousNextExecutionDate": to_text(next_date) if next_date else None,
        "parallel": wanted.parallel,
        "total": total,
        "estimated": estimated,
        "started": 0,
        "ended": 0,
        "created": to_text(now),
    }


def _count(dates: Dates, start: datetime, end: datetime) -> tuple[int, bool]:
    """Return how many dates there are, and whether that is an estimate."""
    number, last = 0, start
    for date in dates.all_after(start - _TICK):
        if date > end:
            return number, False
        number, last = number + 1, date
        if number >= COUNTED:
            return max(number, round(number * ((end - start) / (last - start)))), True
    return number, False


def current(backfill: Mapping[str, Json]) -> datetime | None:
    """Return the next date to be made up for, None when all were."""
    date = backfill.get("currentDate")
    if date is None or from_text(date) > from_text(backfill["end"]):
        return None
    return from_text(date)


def advanced(backfill: Mapping[str, Json], following: datetime | None, *, begun: bool) -> dict[str, Json]:
    """Return the backfill after its current date was begun, or left out because of the conditions."""
    return {
        **backfill,
        "currentDate": to_text(following) if following else None,
        "started": backfill.get("started", 0) + int(begun),
        "total": backfill.get("total", 0) - int(not begun),
    }


def progress(backfill: Mapping[str, Json], now: datetime) -> Progress:
    """Tell how far it is."""
    total, begun, done = (int(backfill.get(name) or 0) for name in ("total", "started", "ended"))
    left = max(total - begun, 0) if current(backfill) else 0
    running = max(begun - done, 0)
    end = None
    if done and backfill.get("created") and not backfill.get("paused"):
        each = (now - from_text(backfill["created"])) / done
        end = now + each * (left + running)
    return Progress(done, running, left, max(total, begun), bool(backfill.get("estimated")), end)
