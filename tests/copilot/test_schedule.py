"""Schedules in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cronsim import CronSim

from copilot.planner.rules.schedule import find_schedules

WORDS = {
    "every weekday at 7:30 Paris time": ("30 7 * * 1-5", "Europe/Paris"),
    "on the first of the month at 9am": ("0 9 1 * *", None),
    "first of the month at 9am in Europe/Berlin": ("0 9 1 * *", "Europe/Berlin"),
    "every 15 minutes": ("*/15 * * * *", None),
    "daily at 6": ("0 6 * * *", None),
    "hourly": ("0 * * * *", None),
    "every Monday": ("0 0 * * 1", None),
    "Every morning at 6": ("0 6 * * *", None),
    "each evening at 6": ("0 18 * * *", None),
    "every 15 minutes between 9am and 5pm on weekdays": ("*/15 9-17 * * 1-5", None),
    "on Mondays and Thursdays at 18:00 UTC": ("0 18 * * 1,4", "UTC"),
    "at 9 and 17 every day": ("0 9,17 * * *", None),
    "every Friday at noon New York time": ("0 12 * * 5", "America/New_York"),
    "every 2 hours": ("0 */2 * * *", None),
    "on the 1st and 15th of each month at 6:30": ("30 6 1,15 * *", None),
    "every January 1st": ("0 0 1 1 *", None),
    "run it with the cron 0 9 1 * *": ("0 9 1 * *", None),
    "every hour at 15 past": ("15 * * * *", None),
    "every quarter": ("0 0 1 1,4,7,10 *", None),
    "every month on the 5th at 10": ("0 10 5 * *", None),
    "every Sunday night at 11": ("0 23 * * 0", None),
    "weekly on Friday at 5pm": ("0 17 * * 5", None),
    "run daily at 02:00 in Tokyo": ("0 2 * * *", "Asia/Tokyo"),
    "every single day at six thirty": ("30 6 * * *", None),
    "twice a day": ("0 0,12 * * *", None),
    "every weekday in the morning": ("0 7 * * 1-5", None),
    "at 7 every Tuesday": ("0 7 * * 2", None),
    "every half hour": ("*/30 * * * *", None),
}


@pytest.mark.parametrize(("words", "cron"), WORDS.items(), ids=WORDS.keys())
def test_words_become_cron_and_zone(words: str, cron: tuple[str, str | None]) -> None:
    (found,) = find_schedules(words)
    assert (found.cron, found.timezone, found.problem) == (*cron, None)
    next(CronSim(found.cron, datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    "words", ["every 90 minutes", "every 7 hours", "every other week", "on the last day of the month"]
)
def test_what_cron_cannot_say_says_why(words: str) -> None:
    (found,) = find_schedules(words)
    assert found.cron == ""
    assert found.problem


def test_seconds_and_nth_weekdays_are_marked() -> None:
    assert find_schedules("every 10 seconds")[0].with_seconds
    assert find_schedules("every first Monday of the month at 8")[0].nth_weekday == ("FIRST", "MONDAY")


def test_times_with_other_minutes_need_further_crons() -> None:
    (found,) = find_schedules("every day at 9:00 and 17:30")
    assert (found.cron, found.more) == ("0 9 * * *", ("30 17 * * *",))


@pytest.mark.parametrize(
    "words",
    [
        "for each month of 2019",
        "for every value of a, b",
        "download the second file",
        "keep the first 10 rows",
        "log it",
    ],
)
def test_other_words_are_no_schedules(words: str) -> None:
    assert find_schedules(words) == []
