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


@cache
def minutes(zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Every minute of the year in UTC with what the clocks on the wall show."""
    every = [YEAR + timedelta(minutes=n) for n in range(1, 365 * 24 * 60)]
    return [(moment, moment.astimezone(zone)) for moment in every]


def fixed(zone: ZoneInfo, hour: int, minute: int) -> list[datetime]:
    """A time of day, once a day: the first time it shows, or as much later as the clock was put forward."""
    days: dict[object, datetime] = {}
    for moment, wall in minutes(zone):
        if (wall.hour, wall.minute) == (hour, minute):
            days.setdefault(wall.date(), moment)
    first, last = minutes(zone)[0][1].date(), minutes(zone)[-1][1].date()
    day = first
    while day <= last:
        if day not in days:
            before = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
            later = before + timedelta(hours=hour, minutes=minute)
            if YEAR < later < YEAR + timedelta(days=365):
                days[day] = later
        day += timedelta(days=1)
    return sorted(days.values())


def quarters(zone: ZoneInfo) -> list[datetime]:
    """Every quarter of an hour, also in hours that come twice."""
    return [moment for moment, wall in minutes(zone) if wall.minute % 15 == 0]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("30 2 * * *", lambda zone: fixed(zone, 2, 30)),
        ("15 2 * * *", lambda zone: fixed(zone, 2, 15)),
        ("0 9 * * *", lambda zone: fixed(zone, 9, 0)),
        ("*/15 * * * *", quarters),
    ],
    ids=["half past two", "a quarter past two", "nine", "quarters"],
)
def test_a_year_of_dates(
    tmp_path: Path, zone: str, cron: str, expected: Callable[[ZoneInfo], list[datetime]]
) -> None:
    with opened(tmp_path / "home", Time(YEAR), in_memory=True) as bench:
        bench.engine.save(flow("year", SCHEDULE + f'cron: "{cron}"\ntimezone: {zone}'))
        dates = bench.engine.triggers.upcoming(("demo", "year", "t"), 36_000 if cron.startswith("*") else 400)
    found = [date for date in dates if date < YEAR + timedelta(days=365)] if dates else []
    assert found == expected(ZoneInfo(zone))


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
