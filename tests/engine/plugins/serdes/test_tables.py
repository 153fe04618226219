"""Parquet, Avro and Excel to rows and back, checked with other readers and writers."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import duckdb
import fastavro
import openpyxl
import pytest

from engine.errors import TaskFailure
from engine.expression.ion import read_ion_rows, write_ion_row

ROW = {
    "id": 1,
    "name": "Zoë",
    "price": Decimal("12.50"),
    "share": 0.25,
    "paid": True,
    "day": date(2024, 1, 31),
    "local": datetime(2024, 1, 31, 10, 0, 1, 250000),
    "instant": datetime(2024, 1, 31, 10, tzinfo=UTC),
    "clock": time(7, 5, 1),
    "raw": b"\x00\xff",
    "tags": ["a", "b"],
    "at": {"city": "Oslo", "zip": 150},
}
EMPTY = dict.fromkeys(ROW)


def rows(ctx, uri: str) -> list:
    with ctx.open(uri) as file:
        return list(read_ion_rows(file))


def ion(ctx, *values) -> str:
    return ctx.put("rows.ion", "".join(f"{write_ion_row(value)}\n" for value in values).encode())


def local(ctx, uri: str, tmp_path, name: str) -> str:
    return str(ctx.fetch(uri, tmp_path / name))


# -- Parquet


def test_parquet_keeps_every_kind_of_value(make_context, run_task, tmp_path) -> None:
    ctx = make_context()
    output = run_task(ctx, "serdes.parquet.IonToParquet", **{"from": ion(ctx, ROW, EMPTY)})
    assert output["size"] == 2
    path = local(ctx, output["uri"], tmp_path, "a.parquet")
    types = dict(
        duckdb.sql(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM '{path}')").fetchall()
    )
    assert (types["id"], types["price"], types["day"]) == ("BIGINT", "DECIMAL(4,2)", "DATE")
    assert (types["instant"], types["at"]) == ("TIMESTAMP WITH TIME ZONE", "STRUCT(city VARCHAR, zip BIGINT)")
    back = run_task(ctx, "serdes.parquet.ParquetToIon", **{"from": output["uri"]})
    assert rows(ctx, back["uri"]) == [ROW, EMPTY]


def test_fields_appear_in_later_rows_and_kinds_mix(make_context, run_task) -> None:
    ctx = make_context()
    source = ion(ctx, {"a": 1, "mixed": "x"}, {"a": 1.5, "b c": 2, "mixed": 3, "big": 2**70})
    output = run_task(ctx, "serdes.parquet.IonToParquet", **{"from": source})
    back = run_task(ctx, "serdes.parquet.ParquetToIon", **{"from": output["uri"]})
    assert rows(ctx, back["uri"]) == [
        {"a": 1.0, "mixed": "x", "b c": None, "big": None},
        {"a": 1.5, "mixed": "3", "b c": 2, "big": Decimal(2**70)},
    ]


SCHEMA = json.dumps(
    {
        "type": "record",
        "name": "Ride",
        "fields": [
            {"name": "id", "type": "int"},
            {
                "name": "fare",
                "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}],
            },
            {"name": "day", "type": {"type": "int", "logicalType": "date"}},
            {"name": "paid", "type": "boolean"},
        ],
    }
)
RIDE = {"id": "7", "fare": "12.5", "day": "2024-01-31", "paid": "yes", "extra": "x"}
FITTED = {"id": 7, "fare": Decimal("12.50"), "day": date(2024, 1, 31), "paid": True}


@pytest.mark.parametrize("kind", ["parquet", "avro"])
def test_a_schema_turns_texts_into_values(kind: str, make_context, run_task) -> None:
    ctx = make_context()
    name = kind.capitalize()
    source = ion(ctx, RIDE, {**RIDE, "fare": ""})
    output = run_task(ctx, f"serdes.{kind}.IonTo{name}", **{"from": source}, schema=SCHEMA)
    back = run_task(ctx, f"serdes.{kind}.{name}ToIon", **{"from": output["uri"]})
    assert rows(ctx, back["uri"]) == [FITTED, {**FITTED, "fare": None}]


@pytest.mark.parametrize("kind", ["parquet", "avro"])
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"id": "x"}, "row 2 .* id: 'x' is no number"),
        ({"id": 2**40}, "too large for int"),
        ({"id": None}, "id: None is no number"),
        ({"fare": "1.234"}, r"fare: '1.234' does not fit decimal\(8,2\)"),
        ({"day": "soon"}, "day: 'soon' is no date"),
        ({"paid": "perhaps"}, "paid: 'perhaps' is no truth value"),
    ],
)
def test_a_row_that_does_not_fit_is_named(
    kind: str, change: dict, problem: str, make_context, run_task
) -> None:
    ctx = make_context()
    task = f"serdes.{kind}.IonTo{kind.capitalize()}"
    source = ion(ctx, RIDE, {**RIDE, **change})
    with pytest.raises(TaskFailure, match=problem):
        run_task(ctx, task, **{"from": source}, schema=SCHEMA)
    assert run_task(ctx, task, **{"from": source}, schema=SCHEMA, onBadLines="WARN")["size"] == 1
    assert len(ctx.messages) == 1


@pytest.mark.parametrize("codec", ["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"])
def test_parquet_is_compressed_as_asked(codec: str, make_context, run_task, tmp_path) -> None:
    ctx = make_context()
    source = ion(ctx, *({"a": at} for at in range(100)))
    output = run_task(
        ctx,
        "serdes.parquet.IonToParquet",
        **{"from": source},
        compressionCodec=codec,
        parquetVersion="V1",
        rowGroupSize=1 << 20,
        dictionaryPageSize="1MB",
        pageSize=1000,
    )
    path = local(ctx, output["uri"], tmp_path, "a.parquet")
    assert duckdb.sql(f"SELECT DISTINCT compression FROM parquet_metadata('{path}')").fetchall() == [(codec,)]


def test_what_cannot_be_parquet_is_refused(make_context, run_task) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match="no rows to tell the columns from; give a `schema`"):
        run_task(ctx, "serdes.parquet.IonToParquet", **{"from": ion(ctx)})
    with pytest.raises(TaskFailure, match="row 1 .* is no map"):
        run_task(ctx, "serdes.parquet.IonToParquet", **{"from": ion(ctx, [1])})
    with pytest.raises(TaskFailure, match="(?i)parquet"):
        run_task(
            ctx, "serdes.parquet.ParquetToIon", **{"from": ctx.put("a", b"hello world, no parquet here")}
        )
    with pytest.raises(TaskFailure, match="schema: it must be an Avro record"):
        run_task(ctx, "serdes.parquet.IonToParquet", **{"from": ion(ctx, {})}, schema='{"type": "int"}')


def test_no_rows_with_a_schema_give_an_empty_table(make_context, run_task, tmp_path) -> None:
    ctx = make_context()
    output = run_task(ctx, "serdes.parquet.IonToParquet", **{"from": ion(ctx)}, schema=SCHEMA)
    path = local(ctx, output["uri"], tmp_path, "a.parquet")
    assert duckdb.sql(f"SELECT * FROM '{path}'").columns == ["id", "fare", "day", "paid"]


# -- Avro


def test_avro_keeps_every_kind_of_value(make_context, run_task, tmp_path) -> None:
    ctx = make_context()
    output = run_task(ctx, "serdes.avro.IonToAvro", **{"from": ion(ctx, ROW, EMPTY)})
    with (tmp_path / "a.avro").open("wb") as file, ctx.open(output["uri"]) as stored:
        file.write(stored.read())
    with (tmp_path / "a.avro").open("rb") as file:
        assert list(fastavro.reader(file)) == [ROW, EMPTY]
    back = run_task(ctx, "serdes.avro.AvroToIon", **{"from": output["uri"]})
    assert rows(ctx, back["uri"]) == [ROW, EMPTY]


def test_the_schema_of_rows_is_told(make_context, run_task) -> None:
    ctx = make_context()
    output = run_task(ctx, "serdes.avro.InferAvroSchemaFromIon", **{"from": ion(ctx, ROW)})
    schema = json.loads(ctx.read_text(output["uri"]))
    types = {one["name"]: one["type"][1] for one in schema["fields"]}
    assert (types["id"], types["share"], types["tags"]) == (
        "long",
        "double",
        {"type": "array", "items": ["null", "string"]},
    )
    assert types["price"] == {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}
    fastavro.parse_schema(schema)


def test_names_and_options_of_avro(make_context, run_task) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match="schema: 'a b' cannot be a name in Avro"):
        run_task(ctx, "serdes.avro.IonToAvro", **{"from": ion(ctx, {"a b": 1})})
    schema = '{"type": "record", "name": "R", "fields": [{"name": "n", "type": "double"}, {"name": "d", "type": {"type": "int", "logicalType": "date"}}]}'
    source = ion(ctx, {"n": "1,5", "d": "31/01/2024", "more": 1})
    output = run_task(
        ctx,
        "serdes.avro.IonToAvro",
        **{"from": source},
        schema=schema,
        decimalSeparator=",",
        dateFormat="dd/MM/yyyy",
    )
    back = run_task(ctx, "serdes.avro.AvroToIon", **{"from": output["uri"]})
    assert rows(ctx, back["uri"]) == [{"n": 1.5, "d": date(2024, 1, 31)}]
    with pytest.raises(TaskFailure, match=r"the fields \['more'\] are not in the schema"):
        run_task(ctx, "serdes.avro.IonToAvro", **{"from": source}, schema=schema, strictSchema=True)


def test_a_file_cut_off_fails_or_gives_what_is_whole(make_context, run_task) -> None:
    ctx = make_context()
    output = run_task(
        ctx, "serdes.avro.IonToAvro", **{"from": ion(ctx, *({"a": at} for at in range(50_000)))}
    )
    with ctx.open(output["uri"]) as file:
        half = ctx.put("half.avro", file.read()[: -len("x" * 2000)])
    with pytest.raises(TaskFailure, match="cannot be read"):
        run_task(ctx, "serdes.avro.AvroToIon", **{"from": half})
    kept = run_task(ctx, "serdes.avro.AvroToIon", **{"from": half}, onBadLines="SKIP")
    assert 0 < kept["size"] < 50_000
    with pytest.raises(TaskFailure, match="is not an Avro file"):
        run_task(ctx, "serdes.avro.AvroToIon", **{"from": ctx.put("a", b"no avro")})


# -- Excel


def test_excel_is_written_and_read(make_context, run_task, tmp_path) -> None:
    ctx = make_context()
    first = ion(
        ctx,
        {"n": 1, "text": "=1+1", "day": date(2024, 1, 31), "no": None},
        {
            "n": 2.5,
            "text": "é",
            "day": datetime(2024, 1, 31, 10, tzinfo=timezone(timedelta(hours=1))),
            "no": True,
        },
    )
    second = ion(ctx, {"tags": [1, 2]})
    output = run_task(ctx, "serdes.excel.IonToExcel", **{"from": {"One": first, "Two": second}})
    assert output["size"] == 3
    book = openpyxl.load_workbook(local(ctx, output["uri"], tmp_path, "a.xlsx"))
    assert (book["One"]["B2"].value, book["One"]["B2"].data_type) == ("=1+1", "s")
    assert (book["One"]["C2"].value, book["One"]["C2"].is_date) == (datetime(2024, 1, 31), True)
    back = run_task(ctx, "serdes.excel.ExcelToIon", **{"from": output["uri"]})
    assert (list(back["uris"]), back["size"]) == (["One", "Two"], 3)
    assert rows(ctx, back["uris"]["One"]) == [
        {"n": 1, "text": "=1+1", "day": "2024-01-31", "no": None},
        {"n": 2.5, "text": "é", "day": "2024-01-31T09:00:00", "no": True},
    ]
    assert rows(ctx, back["uris"]["Two"]) == [{"tags": "[1,2]"}]


@pytest.fixture
def workbook(tmp_path) -> bytes:
    """A file another program could have written: a title row, a gap, a formula."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Orders"
    for row in (["Report"], ["id", "day", None], [1, date(2024, 1, 31), "left out"], [], [2, None, None]):
        sheet.append(row)
    book.create_sheet("Empty")
    path = tmp_path / "book.xlsx"
    book.save(path)
    return path.read_bytes()


def test_a_sheet_is_chosen_and_cleaned(workbook: bytes, make_context, run_task) -> None:
    ctx = make_context()
    uri = ctx.put("book.xlsx", workbook)
    output = run_task(
        ctx,
        "serdes.excel.ExcelToIon",
        **{"from": uri},
        sheetsTitle=["Orders"],
        skipRows=1,
        skipEmptyRows=True,
    )
    assert rows(ctx, output["uris"]["Orders"]) == [{"id": 1, "day": "2024-01-31"}, {"id": 2, "day": None}]
    output = run_task(
        ctx, "serdes.excel.ExcelToIon", **{"from": uri}, header=False, dateTimeRender="SERIAL_NUMBER"
    )
    assert rows(ctx, output["uris"]["Orders"])[2] == [1, 45322.0, "left out"]
    assert rows(ctx, output["uris"]["Empty"]) == []


def test_what_is_no_excel_is_refused(workbook: bytes, make_context, run_task) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match="is not an Excel file"):
        run_task(ctx, "serdes.excel.ExcelToIon", **{"from": ctx.put("a.xls", b"hello")})
    with pytest.raises(TaskFailure, match=r"has no sheets \['Paid'\]; it has \['Orders', 'Empty'\]"):
        run_task(
            ctx, "serdes.excel.ExcelToIon", **{"from": ctx.put("b.xlsx", workbook)}, sheetsTitle=["Paid"]
        )
    with pytest.raises(TaskFailure, match="'a/b' cannot be the title"):
        run_task(ctx, "serdes.excel.IonToExcel", **{"from": ion(ctx, {"a": 1})}, sheetsTitle="a/b")


def test_dates_are_text_without_styles(make_context, run_task, tmp_path) -> None:
    ctx = make_context()
    output = run_task(
        ctx,
        "serdes.excel.IonToExcel",
        **{"from": ion(ctx, [date(2024, 1, 31)])},
        styles=False,
        dateFormat="dd.MM.yyyy",
    )
    book = openpyxl.load_workbook(local(ctx, output["uri"], tmp_path, "a.xlsx"))
    assert book["Sheet"]["A1"].value == "31.01.2024"
