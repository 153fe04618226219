from __future__ import annotations

import io
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ExpressionError
from engine.expression.ion import read_ion, read_ion_rows, write_ion_row, write_ion_rows
from engine.expression.ion_reader import RowShapes
from engine.model.json import Json

PARIS = ZoneInfo("Europe/Paris")
WRITTEN: list[tuple[Json, str]] = [
    (None, "null"),
    (True, "true"),
    (12, "12"),
    (-(10**30), "-1000000000000000000000000000000"),
    (1.5, "1.5e0"),
    (100.0, "100e0"),
    (1e10, "1.0E10"),
    (float("inf"), "+inf"),
    (Decimal("1.50"), "1.50"),
    (Decimal("12"), "12."),
    (Decimal("1E+3"), "1d+3"),
    ('a"b\\c\nd é', '"a\\"b\\\\c\\nd é"'),
    ({"a": 1, "with space": 2, "null": 3, "it's": 4}, "{a:1,'with space':2,'null':3,'it\\'s':4}"),
    ({"e": {}, "l": [1, [None]]}, "{e:{},l:[1,[null]]}"),
    (date(2024, 1, 31), "2024-01-31"),
    (datetime(2024, 1, 31, 10, 0, 0, 123000, UTC), "2024-01-31T10:00:00.123Z"),
    (datetime(2024, 1, 31, 10), 'LocalDateTime::"2024-01-31T10:00:00"'),
    (
        datetime(2024, 1, 31, 10, tzinfo=timezone(timedelta(hours=1))),
        'OffsetDateTime::"2024-01-31T10:00:00+01:00"',
    ),
    (datetime(2024, 7, 31, 10, tzinfo=PARIS), 'ZonedDateTime::"2024-07-31T10:00:00+02:00[Europe/Paris]"'),
    (time(9, 30), 'LocalTime::"09:30"'),
    (time(9, 30, tzinfo=timezone(timedelta(hours=-5))), 'OffsetTime::"09:30-05:00"'),
    (b"ab", "{{YWI=}}"),
]


@pytest.mark.parametrize(("value", "text"), WRITTEN, ids=[text for _, text in WRITTEN])
def test_a_value_is_written_and_read_back(value: Json, text: str) -> None:
    assert write_ion_row(value) == text
    (back,) = read_ion(text)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{title:"T",views:1}', [{"title": "T", "views": 1}]),
        ("1 2\n3", [1, 2, 3]),
        ("// a comment\n[1, /* inner */ 'sym', sym2, null.int]", [[1, "sym", "sym2", None]]),
        ("(a b)", [["a", "b"]]),
        ("'''one '''\n'''two'''", ["one two"]),
        ('"\\x41\\u00e9\\U0001F600\\0"', ["Aé😀\0"]),
        ("0xFF 0b101 1_000 -7", [255, 5, 1000, -7]),
        ("note::{a:1}", [{"a": 1}]),
        ("2024T 2024-02T 2024-02-03T", [date(2024, 1, 1), date(2024, 2, 1), date(2024, 2, 3)]),
        (
            "2024-01-31T10:00+02:00",
            [datetime(2024, 1, 31, 10, tzinfo=timezone(timedelta(hours=2)))],
        ),
        ("1.5 1d2 1.5e3", [Decimal("1.5"), Decimal("1E2"), 1500.0]),
        ("", []),
    ],
)
def test_ion_text_is_read(text: str, values: list[Json]) -> None:
    assert read_ion(text) == values


@pytest.mark.parametrize("text", ["{a:", "[1", '"open', "{a 1}", "}", "2024-13-01", "{{!!}}", "[" * 500])
def test_wrong_ion_text_is_an_error_that_names_the_line(text: str) -> None:
    with pytest.raises(ExpressionError, match="Line 2 is not Ion text"):
        read_ion("1\n" + text)


def test_rows_are_written_one_a_line_and_null_rows_left_out() -> None:
    stream = io.BytesIO()
    assert write_ion_rows([{"a": 1}, None, {"a": 2}], stream) == 2
    assert stream.getvalue() == b"{a:1}\n{a:2}\n"


def test_rows_are_read_as_a_stream_from_bytes_and_from_text() -> None:
    rows = [{"n": number, "s": f"é{number}"} for number in range(3)]
    text = "".join(write_ion_row(row) + "\n" for row in rows)
    assert list(read_ion_rows(io.BytesIO(text.encode()))) == rows
    assert list(read_ion_rows(io.StringIO(text))) == rows


def test_rows_of_changing_shape_and_over_several_lines_are_read() -> None:
    text = '{a:1,b:"x"}\n{a:2,b:"y"}\n{\n  a: 3,\n  c: [1,\n 2]\n}\n{a:4,b:"q\\"uote"}\n{"a":5,"b":null}\n5\n'
    assert list(read_ion_rows(io.StringIO(text))) == [
        {"a": 1, "b": "x"},
        {"a": 2, "b": "y"},
        {"a": 3, "c": [1, 2]},
        {"a": 4, "b": 'q"uote'},
        {"a": 5, "b": None},
        5,
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "a": st.none() | st.text(max_size=5),
                "b": st.none() | st.integers(),
                "c c": st.none() | st.floats(allow_nan=False) | st.integers(0, 3),
                "d": st.none()
                | st.dates()
                | st.booleans()
                | st.decimals(allow_nan=False, allow_infinity=False),
                "e": st.datetimes() | st.datetimes(timezones=st.just(UTC)) | st.times(),
            }
        ),
        min_size=2,
        max_size=12,
    )
)
def test_the_fast_reader_reads_what_the_general_one_reads(rows: list[Json]) -> None:
    shapes = RowShapes(after=0)
    for row in rows:
        line = write_ion_row(row) + "\n"
        (general,) = read_ion(line)
        fast = shapes.read(line)
        if fast is None:
            shapes.learn(line, general)
        else:
            assert fast == general == row
            assert [type(value) for value in fast.values()] == [type(value) for value in general.values()]


def test_the_fast_reader_takes_rows_like_the_one_it_learned() -> None:
    shapes = RowShapes(after=0)
    first = '{a:1,b:"x",c:2024-01-02,d:1.5}\n'
    assert shapes.read(first) is None
    shapes.learn(first, read_ion(first)[0])
    assert shapes.read("{a:-2,b:null,c:2024-01-03,d:2.50}\n") == {
        "a": -2,
        "b": None,
        "c": date(2024, 1, 3),
        "d": Decimal("2.50"),
    }
    assert shapes.read('{a:1,b:"with \\"quote",c:null,d:null}\n') is None
    assert shapes.read("{a:1,c:null}\n") is None


def test_a_row_that_is_not_closed_is_an_error() -> None:
    with pytest.raises(ExpressionError, match="Line"):
        list(read_ion_rows(io.StringIO("{a:1}\n{a:\n")))


def test_binary_ion_is_refused_with_a_sentence() -> None:
    with pytest.raises(ExpressionError, match="binary Ion"):
        list(read_ion_rows(io.BytesIO(b"\xe0\x01\x00\xea\x20")))


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.dates()
    | st.datetimes()
    | st.datetimes(timezones=st.just(UTC))
    | st.times()
    | st.binary(max_size=20)
    | st.decimals(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=5), max_size=5))
def test_what_is_written_reads_back_the_same(rows: list[Json]) -> None:
    stream = io.BytesIO()
    write_ion_rows(rows, stream)
    stream.seek(0)
    assert list(read_ion_rows(stream)) == rows


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="{}[]()'\"\\:,. abcT0123456789-+/*\n", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ExpressionError):
        read_ion(text)
