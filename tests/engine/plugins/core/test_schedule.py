from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.plugins.core.trigger._cron import dates_after, dates_before
from engine.plugins.core.trigger.schedule import Schedule
from engine.plugins.core.trigger.schedule_on_dates import ScheduleOnDates


def fires(cron: str, after: str, count: int, zone: str = "Europe/Berlin", **more) -> list[str]:
    """Return the planned dates as the flow sees them."""
    trigger = Schedule.model_validate({"cron": cron, "timezone": zone, **more})
    date = datetime.fromisoformat(after)
    found = []
    for _ in range(count):
        date = trigger.next_fire(date)
        found.append(trigger.variables(date)["date"])
    return found


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        ("0 9 * * *", "2026-01-01T09:00:00+01:00", ["2026-01-02T09:00:00+01:00"]),
        ("0 9 * * 7", "2026-01-01T00:00:00Z", ["2026-01-04T09:00:00+01:00", "2026-01-11T09:00:00+01:00"]),
        ("0 9 * * MON-FRI", "2026-01-02T10:00:00Z", ["2026-01-05T09:00:00+01:00"]),
        ("0 0 13 * FRI", "2026-02-07T00:00:00Z", ["2026-02-13T00:00:00+01:00", "2026-02-20T00:00:00+01:00"]),
        ("0 0 29 FEB *", "2026-01-01T00:00:00Z", ["2028-02-29T00:00:00+01:00"]),
        (
            "*/20 1,2 * * *",
            "2026-01-01T00:30:00Z",
            ["2026-01-01T01:40:00+01:00", "2026-01-01T02:00:00+01:00"],
        ),
        ("@weekly", "2026-01-01T00:00:00Z", ["2026-01-04T00:00:00+01:00"]),
        ("  0   9 * *  * ", "2026-01-01T00:00:00Z", ["2026-01-01T09:00:00+01:00"]),
    ],
)
def test_dates(cron, after, expected) -> None:
    assert fires(cron, after, len(expected)) == expected


def test_utc_is_written_as_z() -> None:
    assert fires("0 0 * * *", "2026-01-01T12:00:00Z", 1, "UTC") == ["2026-01-02T00:00:00Z"]


def test_seconds() -> None:
    found = fires("*/30 * * * * *", "2026-01-01T00:00:00Z", 2, "UTC", withSeconds=True)
    assert found == ["2026-01-01T00:00:30Z", "2026-01-01T00:01:00Z"]


@pytest.mark.parametrize(("cron", "seconds"), [("30 2 * * *", False), ("0 30 2 * * *", True)])
def test_a_time_that_is_left_out_in_spring_is_shifted(cron, seconds) -> None:
    assert fires(cron, "2026-03-28T12:00:00Z", 2, withSeconds=seconds) == [
        "2026-03-29T03:30:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


@pytest.mark.parametrize(("cron", "seconds"), [("30 2 * * *", False), ("0 30 2 * * *", True)])
@pytest.mark.parametrize("after", ["2026-10-24T12:00:00Z", "2026-10-25T00:29:59Z"])
def test_a_time_that_happens_twice_in_autumn_starts_once(cron, seconds, after) -> None:
    assert fires(cron, after, 2, withSeconds=seconds) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]


def test_between_the_two_hours_of_autumn_nothing_is_repeated() -> None:
    assert fires("30 2 * * *", "2026-10-25T00:45:00Z", 1) == ["2026-10-26T02:30:00+01:00"]
    assert fires("30 2 * * *", "2026-10-25T01:10:00Z", 1) == ["2026-10-26T02:30:00+01:00"]


def test_every_half_hour_goes_on_through_autumn() -> None:
    assert fires("*/30 * * * *", "2026-10-24T23:59:00Z", 5) == [
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:00:00+01:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-25T03:00:00+01:00",
    ]


def test_variables_name_the_neighbours() -> None:
    trigger = Schedule.model_validate({"cron": "0 0 * * *", "timezone": "Europe/Berlin"})
    assert trigger.variables(datetime(2026, 3, 28, 23, tzinfo=UTC)) == {
        "date": "2026-03-29T00:00:00+01:00",
        "next": "2026-03-30T00:00:00+02:00",
        "previous": "2026-03-28T00:00:00+01:00",
    }


_FIELD = st.sampled_from(["0", "30", "*/15", "5,35", "*", "10-12"])
_HOUR = st.sampled_from(["*", "2", "0,2", "*/3", "1-3"])


@settings(max_examples=60, deadline=None)
@given(
    _FIELD,
    _HOUR,
    st.datetimes(datetime(2026, 3, 27), datetime(2026, 11, 1)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
)
def test_next_and_previous_walk_the_same_dates(minute, hour, start, zone) -> None:
    trigger = Schedule.model_validate({"cron": f"{minute} {hour} * * *", "timezone": zone})

    def forward(date: datetime):
        while True:
            date = trigger.next_fire(date)
            yield date

    dates = list(islice(forward(start.replace(tzinfo=UTC)), 6))
    assert dates == sorted(set(dates))
    for before, after in pairwise(dates):
        assert trigger.previous_fire(after) == before


@pytest.mark.parametrize(
    ("cron", "message"),
    [
        ("0 9 * * * *", "has 6 fields; it needs 5: .*set `withSeconds: true`"),
        ("0 9 * *", "has 4 fields"),
        ("", "has 0 fields"),
        ("61 * * * *", "the minute of '61 .*0-59"),
        ("0 22-2 * * *", "the hour of .*ranges go upwards"),
        ("0 0 30 2 *", "never happens"),
        ("0 0 31 4,6 *", "never happens"),
        ("0 0 L * *", "not supported"),
        ("0 0 ? * MON", "not supported"),
        ("0 0 15W * *", "not supported"),
        ("0 0 * * 5L", "not supported"),
        ("0 0 * * MON#2", "not supported"),
        ("0 0 * FOO *", "the month of"),
        ("@dayly", "the names are"),
        ("*/0 * * * *", "the minute of"),
    ],
)
def test_what_is_no_cron_says_why(cron, message) -> None:
    with pytest.raises(ValidationError, match=message):
        Schedule.model_validate({"cron": cron})


def test_months_and_days_with_an_l_in_their_name_are_fine() -> None:
    assert fires("0 0 1 JUL *", "2026-01-01T00:00:00Z", 1, "UTC") == ["2026-07-01T00:00:00Z"]
    assert fires("0 0 * * WED", "2026-01-01T00:00:00Z", 1, "UTC") == ["2026-01-07T00:00:00Z"]


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", ""])
def test_a_zone_that_is_none(zone) -> None:
    with pytest.raises(ValidationError, match="is not a time zone"):
        Schedule.model_validate({"cron": "@daily", "timezone": zone})


def test_dates_of_a_list() -> None:
    trigger = ScheduleOnDates.model_validate(
        {
            "dates": ["2026-07-01T09:00:00", "2026-01-01T09:00:00+03:00", "2027-01-01T00:00:00Z"],
            "timezone": "Europe/Berlin",
        }
    )
    first = trigger.next_fire(datetime(2025, 1, 1, tzinfo=UTC))
    assert trigger.variables(first) == {
        "date": "2026-01-01T07:00:00+01:00",
        "next": "2026-07-01T09:00:00+02:00",
    }
    last = trigger.next_fire(datetime(2026, 12, 1, tzinfo=UTC))
    assert trigger.variables(last) == {
        "date": "2027-01-01T01:00:00+01:00",
        "previous": "2026-07-01T09:00:00+02:00",
    }
    assert trigger.next_fire(last) is None


@pytest.mark.parametrize(
    ("zone", "around"),
    [
        ("Europe/Berlin", "2026-03-29"),
        ("Europe/Berlin", "2026-10-25"),
        ("Australia/Lord_Howe", "2026-04-04"),
        ("Australia/Lord_Howe", "2026-10-03"),
        ("Africa/Casablanca", "2026-02-15"),
    ],
)
@pytest.mark.parametrize(("cron", "minutes", "hours"), [("*/20 * * * *", 20, 1), ("0 */3 * * *", 60, 3)])
def test_repeated_dates_are_all_minutes_whose_wall_clock_matches(zone, around, cron, minutes, hours) -> None:
    begin = datetime.fromisoformat(f"{around}T00:00:00Z") - timedelta(days=1)
    every = (begin + timedelta(minutes=number) for number in range(1, 3 * 24 * 60))
    local = ((moment, moment.astimezone(ZoneInfo(zone))) for moment in every)
    expected = [moment for moment, wall in local if not wall.minute % minutes and not wall.hour % hours]
    found = list(islice(dates_after(cron, begin, ZoneInfo(zone)), len(expected)))
    assert found == expected
    backwards = list(islice(dates_before(cron, expected[-1], ZoneInfo(zone)), len(expected) - 1))
    assert backwards == expected[-2::-1]
