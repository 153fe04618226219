"""When a failed attempt is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.executor.retry import next_try
from engine.model.flow import Retry

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def _next(retry: Retry | None, attempts: int, *, since: timedelta = timedelta(0)) -> float | None:
    due = next_try(
        retry, attempts=attempts, first_started=NOW - since, ended=NOW, draw=lambda a, b: (a + b) / 2
    )
    return None if due is None else (due - NOW).total_seconds()


def test_without_retry_there_is_no_next_try() -> None:
    assert _next(None, 1) is None


def test_max_attempts_counts_the_first_attempt() -> None:
    retry = Retry("constant", interval=SECOND, max_attempts=3)
    assert [_next(retry, n) for n in (1, 2, 3)] == [1, 1, None]


def test_exponential_doubles_up_to_the_longest_interval() -> None:
    retry = Retry("exponential", interval=SECOND, max_interval=5 * SECOND)
    assert [_next(retry, n) for n in (1, 2, 3, 4, 100)] == [1, 2, 4, 5, 5]


def test_random_stays_between_its_bounds() -> None:
    assert _next(Retry("random", min_interval=2 * SECOND, max_interval=4 * SECOND), 1) == 3


@pytest.mark.parametrize(("since", "expected"), [(timedelta(seconds=8), 1), (timedelta(seconds=10), None)])
def test_no_try_after_the_longest_duration(since: timedelta, expected: float | None) -> None:
    retry = Retry("constant", interval=SECOND, max_duration=10 * SECOND)
    assert _next(retry, 1, since=since) == expected
