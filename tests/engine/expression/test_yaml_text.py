from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ExpressionError
from engine.expression.yaml_text import read_yaml, write_yaml
from engine.model.json import Json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 1, "b": {"c": [1, 2]}}, "a: 1\nb:\n  c:\n   - 1\n   - 2\n"),
        ({"l": ["x", {"k": 1, "m": 2}]}, "l:\n - x\n - k: 1\n   m: 2\n"),
        ([["a", "b"]], " -  - a\n    - b\n"),
        ({"e": {}, "f": [], "g": None}, "e: {}\nf: []\n"),
        ({"t": "true", "i": "12", "w": "yes", "z": ""}, 't: "true"\ni: "12"\nw: "yes"\nz: ""\n'),
        (
            {"c": "a: b", "h": "a # b", "d": "2024-01-01", "u": "http://x/y"},
            'c: "a: b"\nh: "a # b"\nd: 2024-01-01\nu: http://x/y\n',
        ),
        ({"s": "l1\nl2"}, "s: |-\n  l1\n  l2\n"),
        ({"s": "l1\nl2\n"}, "s: |\n  l1\n  l2\n"),
        (1.5, "1.5\n"),
        (True, "true\n"),
    ],
)
def test_a_value_is_written(value: Json, text: str) -> None:
    assert write_yaml(value) == text


def test_dates_yes_and_clock_times_stay_texts() -> None:
    text = "d: 2024-01-01\ny: yes\nt: 12:30\nb: true\ni: 5\nf: 1.5\nn: null\no: 010\nm: &a {x: 1}\nr:\n  <<: *a\n"
    assert read_yaml(text) == {
        "d": "2024-01-01",
        "y": "yes",
        "t": "12:30",
        "b": True,
        "i": 5,
        "f": 1.5,
        "n": None,
        "o": "010",
        "m": {"x": 1},
        "r": {"x": 1},
    }


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "!!python/object:os.system x", "- a\nb: c"])
def test_a_wrong_text_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError, match="not YAML"):
        read_yaml(text)


VALUES = st.recursive(
    st.booleans()
    | st.integers()
    | st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc \n:#-", max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_what_is_written_reads_back_the_same(value: Json) -> None:
    assert read_yaml(write_yaml(value)) == value
