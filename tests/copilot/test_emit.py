"""Values written as YAML read back as the same values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.plan.emit import item_lines, lines_of
from engine.source.document import read_document

TEXTS = st.one_of(
    st.text(max_size=40),
    st.text("ab :#-{}[]\"'|>%&*!,\n\t0123456789.yesno~", max_size=30),
    st.sampled_from(
        [
            "yes",
            "no",
            "on",
            "y",
            "null",
            "~",
            "1",
            "1.0",
            "0x1",
            "2024-01-01",
            "12:30",
            "- a",
            "a: b",
            "a #b",
            "",
            " a",
            "a ",
            "{{ x }}",
            "a\nb\n",
            "a\n\nb",
            "\na",
            "  a\nb",
            "a\n \nb\n",
            "true",
        ]
    ),
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_a_written_value_reads_back_the_same(value: object) -> None:
    text = "\n".join([*lines_of("value", value, 0), "list:", *item_lines(value, 2), "end: 1"]) + "\n"
    data = read_document(text).data
    assert data == {"value": value, "list": [value], "end": 1}


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("plain", ["k: plain"]),
        ("{{ inputs.a }}", ['k: "{{ inputs.a }}"']),
        ('{{ x == "b" }}', ["k: '{{ x == \"b\" }}'"]),
        ("a\nb\n", ["k: |", "  a", "  b"]),
        ("0 9 * * *", ['k: "0 9 * * *"']),
        ("PT5M", ["k: PT5M"]),
        ("https://a.b/c", ["k: https://a.b/c"]),
        ([], ["k: []"]),
    ],
    ids=["plain", "expression", "quotes", "block", "cron", "duration", "url", "empty"],
)
def test_values_have_one_style(value: object, lines: list[str]) -> None:
    assert lines_of("k", value, 0) == lines
