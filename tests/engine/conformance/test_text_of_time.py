"""Texts of durations and dates: a value, or an error that says why; never another exception."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ExpressionError
from engine.expression.date_format import format_moment, plus, to_moment
from engine.expression.date_pattern import date_pattern
from engine.model.duration import duration_text, parse_duration
from engine.model.moment import from_text, to_text

_LIKE_A_DURATION = st.text("PTDHMSptdhms0123456789+-., ٣", max_size=24) | st.from_regex(
    r"\A[-+]?P([-+]?\d{1,12}D)?(T([-+]?\d{1,15}H)?([-+]?\d{1,18}M)?([-+]?\d{1,20}([.,]\d{0,9})?S)?)?\Z"
)
_LIKE_A_DATE = st.text("0123456789-:TZ+.[]/ EuropParisGMTonJa,", max_size=40) | st.from_regex(
    r"\A\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[-+]\d\d(:\d\d)?)?)?\Z"
)
_PATTERN = st.text("yMdEHhmsSaXxzZVQGkKnNAuDw'[] /:-.,eq#{}", max_size=12)
_ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


@given(_LIKE_A_DURATION | _ANYTHING)
@settings(max_examples=400, deadline=None)
def test_a_duration_is_read_or_refused(value: object) -> None:
    with suppress(ValueError):
        assert isinstance(parse_duration(value), timedelta)


@given(st.timedeltas())
@settings(deadline=None)
def test_a_written_duration_is_read_as_itself(duration: timedelta) -> None:
    assert parse_duration(duration_text(duration)) == duration


@pytest.mark.parametrize("text", ["P999999999999D", "PT" + "9" * 400 + "S", "9" * 400])
def test_too_long_a_duration_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@given(_LIKE_A_DATE | _ANYTHING, st.none() | _PATTERN)
@settings(max_examples=400, deadline=None)
def test_a_date_is_read_or_refused(value: object, pattern: str | None) -> None:
    with suppress(ExpressionError):
        assert to_moment(value, pattern, UTC).tzinfo is not None


@given(st.datetimes(timezones=st.just(UTC)), _PATTERN)
@settings(max_examples=300, deadline=None)
def test_a_moment_is_written_or_the_pattern_refused(moment: datetime, pattern: str) -> None:
    with suppress(ExpressionError):
        assert isinstance(format_moment(moment, pattern), str)


@given(st.datetimes(timezones=st.just(UTC)), _PATTERN)
@settings(max_examples=300, deadline=None)
def test_what_a_pattern_writes_is_read_or_refused_by_it(moment: datetime, pattern: str) -> None:
    with suppress(ExpressionError):
        text = date_pattern(pattern).write(moment)
        assert to_moment(text, pattern, UTC).tzinfo is not None


@given(
    st.datetimes(timezones=st.just(UTC)),
    st.integers(),
    st.sampled_from(["DAYS", "MONTHS", "YEARS", "HOURS", "NANOS"]),
)
@settings(deadline=None)
def test_a_sum_is_a_moment_or_refused(moment: datetime, amount: int, unit: str) -> None:
    with suppress(ExpressionError):
        assert isinstance(plus(moment, amount, unit), datetime)


@given(st.datetimes(timezones=st.just(UTC)))
@settings(deadline=None)
def test_a_stored_moment_is_read_as_itself(moment: datetime) -> None:
    assert from_text(to_text(moment)) == moment


@given(_LIKE_A_DATE)
@settings(max_examples=300, deadline=None)
def test_a_stored_text_is_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert from_text(text).tzinfo is not None
