"""Reading YAML: values as Kestra reads them, places, and messages that tell the fix."""

import math
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import SourceError
from engine.source import read_document, split_documents


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("No", False),
        ("ON", True),
        ("off", False),
        ("true", True),
        ("y", "y"),
        ("~", None),
        ("", None),
        ("null", None),
        ("12", 12),
        ("-3", -3),
        ("+3", 3),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0b11", 3),
        ("0o17", 15),
        ("012", "012"),
        ("09", "09"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("1.10", 1.1),
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("12:30", "12:30"),
        ("12:30:45", "12:30:45"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("99999999999999999999", "99999999999999999999"),
        ("1.2.3", "1.2.3"),
        ("'12'", "12"),
        ('"yes"', "yes"),
        ("!!str 12", "12"),
        ("!!int '3'", 3),
        ("!!float 3", 3.0),
        ("! 5", "5"),
        ("[a, 1]", ["a", 1]),
        ("{a: 1}", {"a": 1}),
    ],
)
def test_scalars_are_read_as_kestra_reads_them(text: str, value: Any) -> None:
    read = read_document(f"v: {text}").data["v"]
    assert read == value
    assert type(read) is type(value)


def test_keys_are_always_texts() -> None:
    assert read_document("1: a\ntrue: b\nyes: c\n2024-01-01: d\n~: e").data == {
        "1": "a",
        "true": "b",
        "yes": "c",
        "2024-01-01": "d",
        "~": "e",
    }


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("a: 1\nb: 2\na: 3", "at line 1 and at line 3", 3),
        ("a: {{ x }}", 'write "{{ x }}"', 1),
        ("a:\n  - {{ x }}", 'write "{{ x }}"', 2),
        ("[{{ x }}]", 'write "{{ x }}"', 1),
        ("m: {{ x }} and more", 'write "{{ x }} and more"', 1),
        ('m: {{ x["k"] }}', "write '{{ x[\"k\"] }}'", 1),
        ("m: {% if x %}", "quote the expression", 1),
        ("a:\n\tb: 1", "a tab", 2),
        ("a: @x", 'a value cannot begin with `@`; put quotes around the whole value, for example "@x"', 1),
        ("a: b: c", "unexpected `:`", 1),
        ("a: 'x\nb: c\n", "never closed", 1),
        ("a: [1", "is not closed", 2),
        ("a: 1\nword\nb: 2", "neither `key: value`", 2),
        ("a: *nope", "names no anchor", 1),
        ("a: &a [*a]", "cannot contain itself", 1),
        ("a: !!python/object:os.system x", "has no meaning in a flow", 1),
        ("a: !!int x", "not a value of the tag !!int", 1),
        ("a: !own {b: 1}", "has no meaning in a flow", 1),
        ("? [a]\n: b", "a key must be a text", 1),
        ("a: 1\n---\nb: 2", "second document", 2),
        ("a: \x01", "is not allowed in YAML", 1),
        ("a: 1\nb: \ud800", "is not allowed in YAML", 2),
        ("a: 1\n<<: 5", "takes a map", 2),
    ],
)
def test_what_does_not_parse_is_explained(text: str, message: str, line: int) -> None:
    with pytest.raises(SourceError) as caught:
        read_document(text)
    assert message in str(caught.value)
    assert caught.value.line == line


def test_aliases_stand_for_copies_and_merge_keys_for_entries() -> None:
    document = read_document("a: &x {k: 1, l: 2}\nb: *x\nc:\n  <<: *x\n  l: 3\n")
    assert document.data == {"a": {"k": 1, "l": 2}, "b": {"k": 1, "l": 2}, "c": {"l": 3, "k": 1}}
    assert document.data["a"] is not document.data["b"]
    assert document.place(("b", "k")).line == 1
    assert document.place(("b",)).line == 2
    assert document.place(("c", "l")).line == 5


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(SourceError, match="aliases multiply"):
        read_document("\n".join(lines))


@pytest.mark.parametrize("text", ["[" * 200_000, "- " * 200_000, "{a: " * 200_000], ids=["[", "-", "{"])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="levels deep"):
        read_document(text)


TEXT = """\
# a flow
id: héllo 😀
tasks:
  - id: one  # first
    message: |
      hi {{ x }}
      there

    # about retry
    retry: {type: constant}
  - id: "two"
    empty:
variables: {}
"""


@pytest.mark.parametrize(
    ("path", "line", "column", "value"),
    [
        (("id",), 2, 1, "héllo 😀"),
        (("tasks", 0), 4, 5, None),
        (("tasks", 0, "id"), 4, 5, "one"),
        (("tasks", 0, "message"), 5, 5, "|\n      hi {{ x }}\n      there"),
        (("tasks", 0, "retry"), 10, 5, "{type: constant}"),
        (("tasks", 0, "retry", "type"), 10, 13, "constant"),
        (("tasks", 1, "id"), 11, 5, '"two"'),
        (("tasks", 1, "empty"), 12, 5, ""),
        (("variables",), 13, 1, "{}"),
    ],
)
def test_every_value_has_its_place_and_its_characters(
    path: tuple[str | int, ...], line: int, column: int, value: str | None
) -> None:
    document = read_document(TEXT)
    place, span = document.place(path), document.span(path)
    assert (place.line, place.column) == (line, column)
    if value is not None:
        assert TEXT[span.start : span.end] == value
    key = document.key_span(path)
    assert (TEXT[key.start : key.end] if key else None) == (path[-1] if isinstance(path[-1], str) else None)


def test_a_block_ends_before_comments_behind_it() -> None:
    span = read_document(TEXT).span(("tasks", 0))
    assert TEXT[span.start : span.end].endswith("retry: {type: constant}")


def test_a_missing_path_has_the_place_of_its_nearest_ancestor() -> None:
    document = read_document(TEXT)
    assert document.place(("tasks", 1, "nope", 3)).line == 11
    assert document.key_span(("tasks", 1, "nope")) is None
    assert not document.exists(("tasks", 9))


def test_places_inside_a_literal_block_are_exact() -> None:
    place = read_document(TEXT).place_in(("tasks", 0, "message"), 1, 4)
    assert (place.line, TEXT.splitlines()[place.line - 1][place.column - 1 :]) == (6, "{{ x }}")
    place = read_document("a: 'b {{ x }}'").place_in(("a",), 1, 3)
    assert "a: 'b {{ x }}'"[place.column - 1 :] == "{{ x }}'"


@pytest.mark.parametrize("text", ["a: 1\nbb: 2", "\ufeffa: 1\r\nbb: 2", "a: 1\rbb: 2"])
def test_a_place_has_its_offset(text: str) -> None:
    document = read_document(text)
    assert document.offset(document.place(("a",))) == text.index("a")
    assert document.offset(document.place(("bb",))) == text.index("bb")


def test_the_path_at_an_offset_is_that_of_the_innermost_value() -> None:
    document = read_document(TEXT)
    assert document.path_at(TEXT.index("constant") + 2) == ("tasks", 0, "retry", "type")
    assert document.path_at(TEXT.index('"two"')) == ("tasks", 1, "id")


def test_offsets_count_a_byte_order_mark() -> None:
    text = "\ufeffa: 😀b\nc: d"
    document = read_document(text)
    span = document.span(("a",))
    assert document.data == {"a": "😀b", "c": "d"}
    assert text[span.start : span.end] == "😀b"


def test_the_written_form_of_a_scalar_is_kept() -> None:
    document = read_document("a: 1.10\nb: 'x'\nc: []")
    assert [document.written((key,)) for key in "abc"] == ["1.10", "x", None]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_a_text_without_content_has_no_data(text: str) -> None:
    assert read_document(text).data is None


def test_documents_are_split_with_their_first_line() -> None:
    text = "# head\n---\na: 1\n---  # next\nb: |\n  --- no\n...\n---\n\n"
    assert [(part.text, part.line) for part in split_documents(text)] == [
        ("a: 1\n", 3),
        ("b: |\n  --- no\n", 5),
    ]


YAML_LIKE = st.text(
    alphabet=st.sampled_from(list("ab1 :-\n\n  {}[],&*!|>'\"#%@`?<.=\t0~")) | st.characters(), max_size=80
)


@settings(max_examples=400, deadline=None)
@given(YAML_LIKE)
def test_any_text_is_a_json_value_or_a_source_error(text: str) -> None:
    try:
        document = read_document(text)
    except SourceError as error:
        assert error.line is None or error.line >= 1
        return
    orjson.dumps(document.data)
    for path in _paths(document.data):
        span = document.span(path)
        assert 0 <= span.start <= span.end <= len(text)
        assert document.exists(path) or not path


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False).filter(math.isfinite)
    | st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_json_is_yaml(value: Any) -> None:
    assert read_document(orjson.dumps({"v": value}).decode()).data == {"v": value}


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path]
    if isinstance(value, dict):
        for key, item in value.items():
            found += _paths(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            found += _paths(item, (*path, number))
    return found
