from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ExpressionError
from engine.expression.date_format import NAMES, format_moment, micros_since_epoch, plus, to_moment
from engine.expression.date_pattern import date_pattern, us_week
from engine.expression.scope import Scope
from engine.expression.template import render_text
from engine.expression.value import Long
from engine.expression.zone import zone_of
from engine.model.json import Json

PARIS = ZoneInfo("Europe/Paris")
MOMENT = datetime(2013, 9, 8, 17, 4, 9, 123456, PARIS)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", "2013-09-08T17:04:09.123456+02:00"),
        ("uuuu yy y", "2013 13 2013"),
        ("M MM MMM MMMM MMMMM", "9 09 Sep September S"),
        ("d dd D DDD", "8 08 251 251"),
        ("E EEEE EEEEE e", "Sun Sunday S 1"),
        ("H HH h hh K k a", "17 17 5 05 5 17 PM"),
        ("m mm s ss", "4 04 9 09"),
        ("S SSS SSSSSSSSS n", "1 123 123456000 123456000"),
        (
            "X XX XXX x xx xxx Z ZZZZ ZZZZZ O",
            "+02 +0200 +02:00 +02 +0200 +02:00 +0200 GMT+02:00 +02:00 GMT+2",
        ),
        ("VV z", "Europe/Paris CEST"),
        ("Q QQQ QQQQ", "3 Q3 3rd quarter"),
        ("G", "AD"),
        ("YYYY ww", "2013 37"),
        ("'o''clock' ''", "o'clock '"),
        ("yyyy[-MM]", "2013-09"),
    ],
)
def test_a_pattern_writes_as_java_does(pattern: str, text: str) -> None:
    assert date_pattern(pattern).write(MOMENT) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("iso", "2013-09-08T17:04:09.123456+02:00"),
        ("iso_sec", "2013-09-08T17:04:09+02:00"),
        ("sql", "2013-09-08 17:04:09.123456"),
        ("sql_seq", "2013-09-08 17:04:09"),
        ("iso_date_time", "2013-09-08T17:04:09.123456+02:00[Europe/Paris]"),
        ("iso_date", "2013-09-08+02:00"),
        ("iso_time", "17:04:09.123456+02:00"),
        ("iso_local_date", "2013-09-08"),
        ("iso_instant", "2013-09-08T15:04:09.123456Z"),
        ("iso_local_date_time", "2013-09-08T17:04:09.123456"),
        ("iso_local_time", "17:04:09.123456"),
        ("iso_offset_time", "17:04:09.123456+02:00"),
        ("iso_ordinal_date", "2013-251+02:00"),
        ("iso_week_date", "2013-W36-7+02:00"),
        ("rfc_1123_date_time", "Sun, 8 Sep 2013 17:04:09 +0200"),
        ("short", "9/8/13, 5:04 PM"),
        ("medium", "Sep 8, 2013, 5:04:09 PM"),
    ],
)
def test_a_named_format_writes_as_java_does(name: str, text: str) -> None:
    assert name in NAMES
    assert format_moment(MOMENT, name) == text


def test_utc_writes_z() -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    assert date_pattern("X XXX x xxx Z").write(moment) == "Z Z +00 +00:00 +0000"
    assert format_moment(moment, "rfc_1123_date_time") == "Mon, 1 Jan 2024 00:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("July 24, 2001", "MMMM dd, yyyy", "2001-07-24T00:00:00+00:00"),
        ("24/07/01 3:05 pm", "dd/MM/yy h:mm a", "2001-07-24T15:05:00+00:00"),
        ("20010724153000", "yyyyMMddHHmmss", "2001-07-24T15:30:00+00:00"),
        ("2001-07-24 15:30:00.5", "yyyy-MM-dd HH:mm:ss.S", "2001-07-24T15:30:00.500000+00:00"),
        ("2001-07-24T15:30:00+0200", "yyyy-MM-dd'T'HH:mm:ssZ", "2001-07-24T15:30:00+02:00"),
        ("2001-07-24T15:30:00+02:00", "yyyy-MM-dd'T'HH:mm:ssXXX", "2001-07-24T15:30:00+02:00"),
        ("2001-07-24 15:30 Europe/Paris", "yyyy-MM-dd HH:mm VV", "2001-07-24T15:30:00+02:00"),
        ("Tue Jul 24 2001", "EEE MMM d yyyy", "2001-07-24T00:00:00+00:00"),
        ("2001-205", "yyyy-DDD", "2001-07-24T00:00:00+00:00"),
        ("2001-07", "yyyy-MM[-dd]", "2001-07-01T00:00:00+00:00"),
        ("2001-07-24 15:30:00", "sql_seq", "2001-07-24T15:30:00+00:00"),
    ],
)
def test_a_pattern_reads_what_it_writes(text: str, pattern: str, expected: str) -> None:
    assert to_moment(text, pattern, UTC).isoformat() == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00+00:00"),
        ("2024-01-01T10:00", "2024-01-01T10:00:00+01:00"),
        ("2024-01-01", "2024-01-01T00:00:00+01:00"),
        ("2024-01-01T10:00:00.123456789+02:00", "2024-01-01T10:00:00.123456+02:00"),
        ("2024-07-01T10:00:00+02:00[Europe/Paris]", "2024-07-01T10:00:00+02:00"),
        (date(2024, 1, 1), "2024-01-01T12:00:00+01:00"),
        (datetime(2024, 1, 1, 8), "2024-01-01T08:00:00+01:00"),
        (datetime(2024, 1, 1, 8, tzinfo=UTC), "2024-01-01T08:00:00+00:00"),
        (Long(0), "1970-01-01T00:00:00+00:00"),
        # the clock is set forward at 02:00: the skipped time moves on by an hour
        ("2024-03-31T02:30", "2024-03-31T03:30:00+02:00"),
    ],
)
def test_a_value_becomes_a_moment(value: Json, expected: str) -> None:
    assert to_moment(value, None, PARIS).isoformat() == expected


@pytest.mark.parametrize(
    ("value", "existing", "message"),
    [
        ("2024-01-01 10:00:00", None, "is not an ISO date; name its format"),
        ("2024-13-01", None, "is not a date"),
        (5, None, "is an Integer and no date"),
        (1.5, None, "a number is no date"),
        (True, None, "a boolean is no date"),
        ([], None, "a list is no date"),
        (Long(10**17), None, "outside of the years 1 to 9999"),
        ("x", "yyyy", "does not fit the date pattern"),
        ("2024-02-30", "yyyy-MM-dd", "is not a date by the pattern"),
        ("x", "bb", "the letter `b`"),
        ("x", "yyyy'", "quote `'` that is not closed"),
        ("x", "yyyy]", "without its other half"),
    ],
)
def test_what_is_no_date_is_an_error_with_the_fix(value: Json, existing: str | None, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        to_moment(value, existing, UTC)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (1, "DAYS", "2024-03-31T12:00:00+02:00"),
        (24, "HOURS", "2024-03-31T13:00:00+02:00"),
        (-1, "MONTHS", "2024-02-29T12:00:00+01:00"),
        (11, "MONTHS", "2025-02-28T12:00:00+01:00"),
        (1, "YEARS", "2025-03-30T12:00:00+02:00"),
        (2, "WEEKS", "2024-04-13T12:00:00+02:00"),
        (90, "SECONDS", "2024-03-30T12:01:30+01:00"),
        (1, "DECADES", "2034-03-30T12:00:00+02:00"),
        (1500, "NANOS", "2024-03-30T12:00:00.000001+01:00"),
        (1, "HALF_DAYS", "2024-03-31T00:00:00+01:00"),
    ],
)
def test_time_is_added_on_the_calendar_of_the_zone(amount: int, unit: str, expected: str) -> None:
    assert plus(datetime(2024, 3, 30, 12, tzinfo=PARIS), amount, unit).isoformat() == expected


def test_time_out_of_range_is_an_error() -> None:
    with pytest.raises(ExpressionError, match="outside of the years"):
        plus(datetime(2024, 1, 1, tzinfo=UTC), 10**9, "YEARS")
    with pytest.raises(ExpressionError, match="outside of the years"):
        plus(datetime(2024, 1, 1, tzinfo=UTC), 10**15, "HOURS")


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2024, 12, 28), (2024, 52)),
        (date(2024, 12, 29), (2025, 1)),
        (date(2025, 1, 1), (2025, 1)),
        (date(2023, 1, 1), (2023, 1)),
        (date(2023, 1, 8), (2023, 2)),
    ],
)
def test_weeks_begin_on_sunday_and_the_first_has_january_1st(day: date, week: tuple[int, int]) -> None:
    assert us_week(day) == week


@pytest.mark.parametrize(
    ("name", "offset"),
    [("Z", 0), ("UTC", 0), ("+02:00", 120), ("GMT+2", 120), ("-0530", -330), ("UTC-03:00", -180)],
)
def test_a_zone_has_many_names(name: str, offset: int) -> None:
    assert datetime(2024, 1, 1, tzinfo=zone_of(name)).utcoffset() == timedelta(minutes=offset)


@pytest.mark.parametrize("name", ["Europe/Pariss", "", "../etc/passwd", "+99:00", "/", "\0"])
def test_an_unknown_zone_is_an_error(name: str) -> None:
    with pytest.raises(ExpressionError, match="is not a time zone"):
        zone_of(name)


def test_the_zone_of_the_server_is_used_when_none_is_named() -> None:
    scope = Scope({"d": datetime(2024, 7, 1, 22, tzinfo=UTC)}, zone=PARIS)
    assert render_text("{{ d | date('yyyy-MM-dd HH:mm') }}", scope) == "2024-07-02 00:00"
    assert render_text("{{ d | date('HH:mm', timeZone='UTC') }}", scope) == "22:00"
    assert render_text("{{ '2024-07-02' | timestamp }}", scope) == "1719871200"


def test_only_english_names_are_known() -> None:
    scope = Scope({})
    assert render_text("{{ '2024-01-01' | date('MMMM', locale='en_US') }}", scope) == "January"
    with pytest.raises(ExpressionError, match="locale 'fr'"):
        render_text("{{ '2024-01-01' | date('MMMM', locale='fr') }}", scope)


@settings(max_examples=100, deadline=None)
@given(
    st.datetimes(
        min_value=datetime(1900, 1, 1), timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3))])
    ),
    st.sampled_from(
        ["iso", "yyyy-MM-dd HH:mm:ss.SSSSSS xxx", "iso_date_time", "MMMM d, uuuu HH:mm:ss.SSSSSS Z"]
    ),
)
def test_what_is_written_reads_back(moment: datetime, name: str) -> None:
    text = format_moment(moment, name)
    assert micros_since_epoch(to_moment(text, name, PARIS)) == micros_since_epoch(moment)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="yMdHhmsSXxZzVvEeaGQqDwWYLukKnANOF[]' :-TbB", max_size=12), st.text(max_size=12))
def test_any_pattern_works_or_is_refused(pattern: str, text: str) -> None:
    for use in (lambda: date_pattern(pattern).write(MOMENT), lambda: to_moment(text, pattern, UTC)):
        with suppress(ExpressionError):
            use()
