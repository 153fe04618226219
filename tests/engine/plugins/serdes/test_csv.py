"""CSV to rows and back."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import TaskFailure
from engine.expression.ion import read_ion_rows, write_ion_row


def rows(ctx, output) -> list:
    with ctx.open(output["uri"]) as file:
        return list(read_ion_rows(file))


def ion(ctx, *values) -> str:
    return ctx.put("rows.ion", "".join(f"{write_ion_row(value)}\n" for value in values).encode())


def read(ctx, run_task, text: str | bytes, **properties):
    uri = ctx.put("a.csv", text if isinstance(text, bytes) else text.encode())
    output = run_task(ctx, "serdes.csv.CsvToIon", **{"from": uri}, **properties)
    assert output["size"] == len(rows(ctx, output))
    return rows(ctx, output)


def written(ctx, run_task, *values, **properties) -> str:
    output = run_task(ctx, "serdes.csv.IonToCsv", **{"from": ion(ctx, *values)}, **properties)
    assert output["size"] == len(values)
    with ctx.open(output["uri"]) as file:
        return file.read().decode(properties.get("charset", "utf-8"))


def test_every_value_stays_text_and_only_the_mark_becomes_null(make_context, run_task) -> None:
    ctx = make_context()
    assert read(ctx, run_task, 'id,name,note\n1,"a ""b"", c",\\N\r\n2,,"x\ny"\n') == [
        {"id": "1", "name": 'a "b", c', "note": None},
        {"id": "2", "name": "", "note": "x\ny"},
    ]
    assert [metric.value for metric in ctx.metrics] == [2]


def test_rows_without_header_are_lists(make_context, run_task) -> None:
    assert read(make_context(), run_task, "1;2\n3\n", header=False, fieldSeparator=";") == [["1", "2"], ["3"]]


def test_rows_after_the_header_are_skipped(make_context, run_task) -> None:
    assert read(make_context(), run_task, "a\n1\n2\n3\n", skipRows=2) == [{"a": "3"}]


def test_empty_lines_are_skipped_on_demand(make_context, run_task) -> None:
    assert read(make_context(), run_task, "a,b\n\n1,2\n\n", skipEmptyRows=True) == [{"a": "1", "b": "2"}]
    with pytest.raises(TaskFailure, match="row 1 .* has 1 fields where the header has 2"):
        read(make_context(), run_task, "a,b\n\n1,2\n")


@pytest.mark.parametrize("bad", ["1\n", "1,2,3\n", '"1"x,2\n'], ids=["short", "long", "quotes"])
def test_a_bad_line_fails_warns_or_is_left_out(bad: str, make_context, run_task) -> None:
    text = f"a,b\n{bad}5,6\n"
    with pytest.raises(TaskFailure, match="onBadLines"):
        read(make_context(), run_task, text)
    for rule, warnings in (("WARN", 1), ("SKIP", 0)):
        ctx = make_context()
        assert read(ctx, run_task, text, onBadLines=rule) == [{"a": "5", "b": "6"}]
        assert len(ctx.messages) == warnings


def test_columns_without_a_name_are_dropped_or_named(make_context, run_task) -> None:
    ctx = make_context()
    assert read(ctx, run_task, "a,,\n1,2,3\n") == [{"a": "1"}]
    assert "onEmptyHeader: RENAME" in ctx.messages[0]
    renamed = read(make_context(), run_task, "a,,col_1\n1,2,3\n", onEmptyHeader="RENAME")
    assert renamed == [{"a": "1", "col_1_2": "2", "col_1": "3"}]


def test_charset_and_byte_order_mark(make_context, run_task) -> None:
    ctx = make_context()
    assert read(ctx, run_task, "\ufeffa\né\n") == [{"a": "é"}]
    assert read(ctx, run_task, "a\né\n".encode("latin-1"), charset="ISO-8859-1") == [{"a": "é"}]
    with pytest.raises(TaskFailure, match="is not UTF-8 text"):
        read(ctx, run_task, "a\né\n".encode("latin-1"))
    with pytest.raises(TaskFailure, match="'KOI-99' is not a character set"):
        read(ctx, run_task, "a\n", charset="KOI-99")


def test_a_field_may_be_long(make_context, run_task) -> None:
    assert len(read(make_context(), run_task, f"a\n{'x' * 500_000}\n")[0]["a"]) == 500_000


def test_an_empty_file_has_no_rows(make_context, run_task) -> None:
    assert read(make_context(), run_task, "") == []


@pytest.mark.parametrize("separator", [",,", "", "\n"])
def test_a_separator_is_one_character(separator: str, make_context, run_task) -> None:
    with pytest.raises(TaskFailure, match="fieldSeparator: .* must be one character"):
        read(make_context(), run_task, "a\n1\n", fieldSeparator=separator)


def test_columns_and_order_come_from_the_first_row(make_context, run_task) -> None:
    text = written(make_context(), run_task, {"b": 1, "a": "x"}, {"c": None, "d": [1, {"k": 2}]})
    assert text == 'b,a\n1,x\n,"[1,{""k"":2}]"\n'


def test_dates_have_their_patterns(make_context, run_task) -> None:
    row = {
        "day": date(2024, 1, 31),
        "local": datetime(2024, 1, 31, 10, 0, 5, 120000),
        "instant": datetime(2024, 1, 31, 10, tzinfo=UTC),
        "clock": time(7, 5),
        "price": Decimal("1.50"),
        "yes": True,
    }
    text = written(make_context(), run_task, row, header=False)
    assert text == "2024-01-31,2024-01-31T10:00:05.120,2024-01-31T10:00:00.000Z,07:05:00,1.50,true\n"
    text = written(make_context(), run_task, {"d": row["day"]}, header=False, dateFormat="dd/MM/yy")
    assert text == "31/01/24\n"


def test_quotes(make_context, run_task) -> None:
    row = {"a": "x", "b": 1, "c": "12", "d": 'q"', "e": "l\rm"}
    ctx = make_context()
    assert written(ctx, run_task, row, header=False) == 'x,1,12,"q""","l\rm"\n'
    assert written(ctx, run_task, row, header=False, quoteMode="ALWAYS") == '"x","1","12","q""","l\rm"\n'
    assert written(ctx, run_task, row, header=False, alwaysDelimitText=True).startswith('"x","1"')
    assert written(ctx, run_task, row, header=False, quoteMode="NON_NUMERIC") == '"x",1,12,"q""","l\rm"\n'
    text = written(ctx, run_task, row, fieldSeparator=";", textDelimiter="'", lineDelimiter="\r\n")
    assert text == "a;b;c;d;e\r\nx;1;12;q\";'l\rm'\r\n"


def test_lists_need_no_header(make_context, run_task) -> None:
    assert written(make_context(), run_task, [1, "a"], header=False) == "1,a\n"
    with pytest.raises(TaskFailure, match="set `header: false`"):
        written(make_context(), run_task, [1, "a"])
    with pytest.raises(TaskFailure, match="row 1 .* neither a map nor a list: 5"):
        written(make_context(), run_task, 5)


def test_a_character_the_charset_lacks_is_named(make_context, run_task) -> None:
    assert written(make_context(), run_task, {"a": "é"}, charset="latin-1") == "a\né\n"
    with pytest.raises(TaskFailure, match="has no '€'"):
        written(make_context(), run_task, {"a": "€"}, charset="latin-1")


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=4))
def test_what_is_written_reads_back(table, make_context, run_task) -> None:
    table = [[cell if cell != "\\N" else "" for cell in row] for row in table]
    ctx = make_context()
    text = written(ctx, run_task, *table, header=False)
    assert list(csv.reader(io.StringIO(text, newline=""))) == table
    assert read(ctx, run_task, text, header=False) == [
        [c.removeprefix("\ufeff") if not i and not j else c for j, c in enumerate(r)]
        for i, r in enumerate(table)
    ]


def test_old_names_are_accepted(make_context, run_task) -> None:
    ctx = make_context()
    uri = ctx.put("a.csv", b"a\n1\n")
    found = run_task(ctx, "serdes.csv.CsvReader", **{"from": uri})
    assert run_task(ctx, "serdes.csv.CsvWriter", **{"from": found["uri"]})["size"] == 1
