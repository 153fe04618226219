"""JSON, YAML and XML to rows and back."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import TaskFailure
from engine.expression.ion import read_ion_rows, write_ion_row


def rows(ctx, output) -> list:
    with ctx.open(output["uri"]) as file:
        return list(read_ion_rows(file))


def ion(ctx, *values) -> str:
    return ctx.put("rows.ion", "".join(f"{write_ion_row(value)}\n" for value in values).encode())


def convert(ctx, run_task, kind: str, content: str | bytes, **properties):
    uri = ctx.put("a", content if isinstance(content, bytes) else content.encode())
    return run_task(ctx, f"serdes.{kind}", **{"from": uri}, **properties)


def text(ctx, output, charset: str = "utf-8") -> str:
    with ctx.open(output["uri"]) as file:
        return file.read().decode(charset)


# -- JSON


def test_json_lines(make_context, run_task) -> None:
    ctx = make_context()
    output = convert(ctx, run_task, "json.JsonToIon", '{"a": 1, "b": [null, 1.5]}\n\n"x"\n')
    assert rows(ctx, output) == [{"a": 1, "b": [None, 1.5]}, "x"]
    assert output["size"] == 2


def test_a_broken_line_is_named_with_advice(make_context, run_task) -> None:
    with pytest.raises(TaskFailure, match="line 2 .*`newLine: false`"):
        convert(make_context(), run_task, "json.JsonToIon", '1\n{"a":\n')


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[]", []),
        (" [ 1 , 2 ] ", [1, 2]),
        ('[{"a": [1]}, "x", 12.5, true]', [{"a": [1]}, "x", 12.5, True]),
        ('{"a": 1}', [{"a": 1}]),
        ("17", [17]),
        ("", []),
    ],
)
def test_an_array_gives_its_elements(content: str, expected: list, make_context, run_task) -> None:
    ctx = make_context()
    assert rows(ctx, convert(ctx, run_task, "json.JsonToIon", content, newLine=False)) == expected


@pytest.mark.parametrize("content", ["[1,", "[1 2]", "[1,]", "[,1]", "[1] 2", '{"a": }', "[NaN]", "nul"])
def test_a_broken_array_is_refused(content: str, make_context, run_task) -> None:
    with pytest.raises(TaskFailure, match="is not JSON"):
        convert(make_context(), run_task, "json.JsonToIon", content, newLine=False)


def test_an_array_larger_than_a_block_is_read_in_pieces(make_context, run_task) -> None:
    values = [{"number": at, "text": "é" * 50} for at in range(20_000)] + ["x" * 600_000]
    ctx = make_context()
    output = convert(ctx, run_task, "json.JsonToIon", json.dumps(values, ensure_ascii=False), newLine=False)
    assert rows(ctx, output) == values


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(VALUES, min_size=2, max_size=4), indent=st.sampled_from([None, 2]))
def test_json_survives_the_way_to_rows_and_back(values, indent, make_context, run_task) -> None:
    ctx = make_context()
    there = convert(ctx, run_task, "json.JsonToIon", json.dumps(values, indent=indent), newLine=False)
    back = run_task(ctx, "serdes.json.IonToJson", **{"from": there["uri"]})
    assert [json.loads(line) for line in text(ctx, back).split("\n")[:-1]] == [
        v for v in values if v is not None
    ]


def test_rows_become_lines_or_an_array(make_context, run_task) -> None:
    ctx = make_context()
    two = ion(ctx, {"a": 1, "b": None}, {"a": Decimal("1.10")})
    assert (
        text(ctx, run_task(ctx, "serdes.json.IonToJson", **{"from": two})) == '{"a":1,"b":null}\n{"a":1.10}\n'
    )
    output = run_task(ctx, "serdes.json.IonToJson", **{"from": two}, newLine=False)
    assert text(ctx, output) == '[{"a":1,"b":null},{"a":1.10}]'
    one = run_task(ctx, "serdes.json.IonToJson", **{"from": ion(ctx, {"a": 1})}, newLine=False)
    assert text(ctx, one) == '{"a":1}'
    assert text(ctx, run_task(ctx, "serdes.json.IonToJson", **{"from": ion(ctx)}, newLine=False)) == "[]"


def test_dates_and_bytes_in_json(make_context, run_task) -> None:
    row = {
        "day": date(2024, 1, 31),
        "instant": datetime(2024, 1, 31, 10, tzinfo=UTC),
        "local": datetime(2024, 1, 31, 10, 0, 1),
        "offset": datetime(2024, 1, 31, 10, tzinfo=timezone(timedelta(hours=2))),
        "clock": time(10, 5),
        "bytes": b"\xff",
    }
    ctx = make_context()
    output = run_task(ctx, "serdes.json.IonToJson", **{"from": ion(ctx, row)}, timeZoneId="America/New_York")
    assert json.loads(text(ctx, output)) == {
        "day": "2024-01-31",
        "instant": "2024-01-31T10:00:00Z",
        "local": "2024-01-31T10:00:01",
        "offset": "2024-01-31T03:00:00-05:00",
        "clock": "10:05:00",
        "bytes": "/w==",
    }
    kept = run_task(ctx, "serdes.json.IonToJson", **{"from": ion(ctx, row)}, shouldKeepAnnotations=True)
    found = json.loads(text(ctx, kept))
    assert found["local"] == {"ion_annotations": ["LocalDateTime"], "value": "2024-01-31T10:00:01"}
    assert found["instant"] == "2024-01-31T10:00:00Z"


def test_an_array_becomes_lines(make_context, run_task) -> None:
    ctx = make_context()
    assert text(ctx, convert(ctx, run_task, "json.JsonToJsonl", '[{"a": 1}, 2]')) == '{"a":1}\n2\n'


def test_json_in_another_charset(make_context, run_task) -> None:
    ctx = make_context()
    output = convert(ctx, run_task, "json.JsonToIon", '"é"\n'.encode("utf-16"), charset="UTF-16")
    assert rows(ctx, output) == ["é"]


# -- YAML

DOCUMENTS = "a: 1\nd: 2024-01-31\nt: 12:30\nlist: [yes, null]\n---\n- x\n- y\n"


def test_every_document_is_a_row(make_context, run_task) -> None:
    ctx = make_context()
    output = convert(ctx, run_task, "yaml.YamlToIon", DOCUMENTS)
    first, second = rows(ctx, output)
    assert (first["a"], first["d"], second) == (1, "2024-01-31", ["x", "y"])


def test_broken_yaml_is_named_by_line(make_context, run_task) -> None:
    with pytest.raises(TaskFailure, match="line 3 .* is not YAML"):
        convert(make_context(), run_task, "yaml.YamlToIon", "a: 1\nb: [1\n")
    with pytest.raises(TaskFailure, match="is not YAML"):
        convert(make_context(), run_task, "yaml.YamlToIon", "a: !!python/object:os.system x\n")


def test_aliases_cannot_grow_without_bounds(make_context, run_task) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{this}: &{this} [{', '.join([f'*{before}'] * 10)}]\n"
        for before, this in zip("abcdefg", "bcdefgh", strict=True)
    )
    with pytest.raises(TaskFailure, match="more than 1000000 values"):
        convert(make_context(), run_task, "yaml.YamlToIon", bomb)


def test_rows_become_documents(make_context, run_task) -> None:
    ctx = make_context()
    one = {
        "b": "yes",
        "a": [1, {"x": None}],
        "é": "2024-01-31",
        "day": date(2024, 1, 31),
        "n": Decimal("1.50"),
    }
    output = text(ctx, run_task(ctx, "serdes.yaml.IonToYaml", **{"from": ion(ctx, one)}))
    assert not output.startswith("---")
    assert output.index("b:") < output.index("a:")
    assert yaml.safe_load(output) == {**one, "day": "2024-01-31", "n": 1.5}
    output = text(ctx, run_task(ctx, "serdes.yaml.IonToYaml", **{"from": ion(ctx, one, 5, "x")}))
    assert list(yaml.safe_load_all(output))[1:] == [5, "x"]


def test_yaml_to_json_and_back(make_context, run_task) -> None:
    ctx = make_context()
    whole = convert(ctx, run_task, "yaml.YamlToJson", "a: [1, 2]\n")
    assert text(ctx, whole) == '{"a":[1,2]}'
    lines = convert(ctx, run_task, "yaml.YamlToJson", "a: 1\n---\nb: 2\n", jsonl=True)
    assert text(ctx, lines) == '{"a":1}\n{"b":2}\n'
    back = run_task(ctx, "serdes.yaml.JsonToYaml", **{"from": lines["uri"]}, jsonl=True)
    assert list(yaml.safe_load_all(text(ctx, back))) == [{"a": 1}, {"b": 2}]
    assert text(ctx, convert(ctx, run_task, "yaml.JsonToYaml", '{"a": 1}')) == "a: 1\n"


# -- XML

CATALOGUE = """<?xml version="1.0"?>
<!-- books --><catalogue owner="Ann"><shelf/>
  <book id="1"><title>Faust &amp; more</title><author>A</author><author>B</author><price>9.5</price></book>
  <book id="2"><title>Emma<b>!</b></title><author>C</author><new>true</new></book>
</catalogue>"""


def test_elements_at_a_path_are_rows(make_context, run_task) -> None:
    ctx = make_context()
    output = convert(
        ctx,
        run_task,
        "xml.XmlToIon",
        CATALOGUE,
        query="/catalogue/book",
        parserConfiguration={"forceList": ["author"]},
    )
    assert rows(ctx, output) == [
        {"id": 1, "title": "Faust & more", "author": ["A", "B"], "price": 9.5},
        {"id": 2, "title": {"b": "!", "content": "Emma"}, "author": ["C"], "new": True},
    ]


def test_the_whole_file_is_one_row(make_context, run_task) -> None:
    ctx = make_context()
    (row,) = rows(ctx, convert(ctx, run_task, "xml.XmlToIon", CATALOGUE))
    assert (row["catalogue"]["owner"], row["catalogue"]["shelf"]) == ("Ann", "")
    assert [book["id"] for book in row["catalogue"]["book"]] == [1, 2]


def test_a_path_that_is_not_there_gives_no_rows(make_context, run_task) -> None:
    ctx = make_context()
    assert convert(ctx, run_task, "xml.XmlToIon", CATALOGUE, query="/catalogue/paper")["size"] == 0


def test_xml_of_another_charset(make_context, run_task) -> None:
    ctx = make_context()
    declared = '<?xml version="1.0" encoding="ISO-8859-1"?><a><b>é</b></a>'.encode("latin-1")
    assert rows(ctx, convert(ctx, run_task, "xml.XmlToIon", declared)) == [{"a": {"b": "é"}}]
    bare = "<a><b>é</b></a>".encode("latin-1")
    assert rows(ctx, convert(ctx, run_task, "xml.XmlToIon", bare, charset="ISO-8859-1")) == [
        {"a": {"b": "é"}}
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("<a><b></a>", "is not XML"),
        ("", "is not XML"),
        ('<!DOCTYPE a [<!ENTITY x "ha">]><a>&x;</a>', "declares the entity 'x'"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "declares the entity 'x'"),
        ("<a>" * 600 + "</a>" * 600, "nested more than 500 deep"),
    ],
    ids=["unclosed", "empty", "entity", "outside", "deep"],
)
def test_bad_xml_is_refused(content: str, problem: str, make_context, run_task) -> None:
    with pytest.raises(TaskFailure, match=problem):
        convert(make_context(), run_task, "xml.XmlToIon", content)


def test_rows_become_items_and_come_back(make_context, run_task) -> None:
    ctx = make_context()
    values = [{"id": 1, "name": "a<b", "tags": ["x", "y"]}, {"id": 2, "name": "é", "at": {"city": "Paris"}}]
    output = run_task(ctx, "serdes.xml.IonToXml", **{"from": ion(ctx, *values)})
    root = ET.fromstring(text(ctx, output))
    assert (root.tag, [item.tag for item in root], root[0][2].text) == ("items", ["item", "item"], "x")
    back = run_task(ctx, "serdes.xml.XmlToIon", **{"from": output["uri"]})
    assert rows(ctx, back) == values


@pytest.mark.parametrize(
    ("row", "problem"),
    [({"a b": 1}, "'a b' cannot be the name"), ({"a": "\x01"}, "which XML does not have")],
)
def test_what_xml_cannot_say_is_refused(row: dict, problem: str, make_context, run_task) -> None:
    ctx = make_context()
    with pytest.raises(TaskFailure, match=problem):
        run_task(ctx, "serdes.xml.IonToXml", **{"from": ion(ctx, row)})
