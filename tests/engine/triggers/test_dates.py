"""A year of dates in three zones, right across both changes of the clock, against a plain enumeration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.triggers.backfill import Backfill
from tests.engine.triggers.conftest import SCHEDULE, Time, flow, opened

YEAR = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
"""Lord Howe moves its clock by half an hour, and in the other half of the year."""


Wall = tuple[datetime, datetime]
"""A moment in UTC, and what the clocks on the wall show then."""


@cache
def minutes(zone: ZoneInfo) -> dict[tuple[int, int], list[Wall]]:
    """Every fifth minute of the year by hour and minute on the wall, in the order of time; nothing here is
    planned for the minutes between.
    """
    found: dict[tuple[int, int], list[Wall]] = {}
    for number in range(5, 365 * 24 * 60, 5):
        moment = YEAR + timedelta(minutes=number)
        wall = moment.astimezone(zone)
        found.setdefault((wall.hour, wall.minute), []).append((moment, wall))
    return found


def fixed(zone: ZoneInfo, hour: int, minute: int) -> list[datetime]:
    """A time of day, once a day: the first time it shows, or as much later as the clock was put forward."""
    days: dict[object, datetime] = {}
    for moment, wall in minutes(zone).get((hour, minute), []):
        days.setdefault(wall.date(), moment)
    day, last = YEAR.astimezone(zone).date(), (YEAR + timedelta(days=365)).astimezone(zone).date()
    while day <= last:
        if day not in days:
            before = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
            later = before + timedelta(hours=hour, minutes=minute)
            if YEAR < later < YEAR + timedelta(days=365):
                days[day] = later
        day += timedelta(days=1)
    return sorted(days.values())


def times(zone: ZoneInfo, *each: tuple[int, int]) -> list[datetime]:
    """Several times of day; two that would fall on one moment, because one was left out, fire once."""
    return sorted({date for hour, minute in each for date in fixed(zone, hour, minute)})


def workdays(zone: ZoneInfo) -> list[datetime]:
    """Half past two from Monday to Friday."""
    return [date for date in fixed(zone, 2, 30) if date.astimezone(zone).weekday() < 5]


def first_or_sunday(zone: ZoneInfo) -> list[datetime]:
    """Half past two on the first of a month and on Sundays, the days clocks are changed on."""
    walls = [(date, date.astimezone(zone)) for date in fixed(zone, 2, 30)]
    return [date for date, wall in walls if wall.day == 1 or wall.weekday() == 6]


def shown(zone: ZoneInfo, hours: set[int], of_hour: set[int]) -> list[datetime]:
    """Every moment that shows on the wall, also those that come twice."""
    found = [walls for (hour, minute), walls in minutes(zone).items() if hour in hours and minute in of_hour]
    return sorted(moment for walls in found for moment, _ in walls)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("30 2 * * *", lambda zone: fixed(zone, 2, 30)),
        ("15 2 * * *", lambda zone: fixed(zone, 2, 15)),
        ("0 9 * * *", lambda zone: fixed(zone, 9, 0)),
        ("*/15 * * * *", lambda zone: shown(zone, set(range(24)), {0, 15, 30, 45})),
        ("0 */2 * * *", lambda zone: shown(zone, set(range(0, 24, 2)), {0})),
        ("*/20 1-3 * * *", lambda zone: shown(zone, {1, 2, 3}, {0, 20, 40})),
        ("10,40 1,2,3 * * *", lambda zone: times(zone, *((h, m) for h in (1, 2, 3) for m in (10, 40)))),
        ("30 2 * * MON-FRI", workdays),
        ("30 2 1 * SUN", first_or_sunday),
    ],
    ids=[
        "half past two",
        "a quarter past two",
        "nine",
        "quarters",
        "every two hours",
        "thirds of the small hours",
        "several times",
        "workdays",
        "first or Sunday",
    ],
)
def test_a_year_of_dates(
    tmp_path: Path, zone: str, cron: str, expected: Callable[[ZoneInfo], list[datetime]]
) -> None:
    with opened(tmp_path / "home", Time(YEAR), in_memory=True) as bench:
        bench.engine.save(flow("year", SCHEDULE + f'cron: "{cron}"\ntimezone: {zone}'))
        wanted = expected(ZoneInfo(zone))
        dates = bench.engine.triggers.upcoming(("demo", "year", "t"), len(wanted) + 1)
    assert dates[:-1] == wanted
    assert dates[-1] >= YEAR + timedelta(days=365)


@pytest.mark.parametrize("zone", ZONES)
def test_a_year_fires_every_date_once(tmp_path: Path, zone: str) -> None:
    with opened(tmp_path / "home", Time(YEAR), in_memory=True) as bench:
        bench.engine.save(flow("year", SCHEDULE + f'cron: "30 2 * * *"\ntimezone: {zone}'))
        for month in range(2, 13):
            bench.to(datetime(2026, month, 1, tzinfo=UTC))
        bench.to(YEAR + timedelta(days=365) - timedelta(minutes=1))
        fired = [datetime.fromisoformat(date).astimezone(UTC) for date in bench.dates("year")]
    assert sorted(fired) == fixed(ZoneInfo(zone), 2, 30)


def test_a_backfill_has_the_dates_of_the_zone(tmp_path: Path) -> None:
    with opened(tmp_path / "home", Time(datetime(2026, 4, 10, tzinfo=UTC)), in_memory=True) as bench:
        bench.engine.save(flow("zone", SCHEDULE + 'cron: "30 2 * * *"\ntimezone: Europe/Berlin'))
        start = datetime(2026, 3, 28, tzinfo=UTC)
        end = datetime(2026, 3, 31, tzinfo=UTC)
        bench.engine.triggers.backfill(("demo", "zone", "t"), Backfill(start, end))
        bench.settle()
        assert bench.dates("zone") == [
            "2026-03-28T02:30:00+01:00",
            "2026-03-29T03:30:00+02:00",
            "2026-03-30T02:30:00+02:00",
        ]
