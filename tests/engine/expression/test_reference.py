from __future__ import annotations

import pytest

from engine.errors import FlowsmithError
from engine.expression.example import example_scope
from engine.expression.library import FILTERS, FUNCTIONS, TESTS
from engine.expression.reference import Example, Item, find, items
from engine.expression.template import render_text

CASES = [
    pytest.param(item, example, id=f"{item.kind}-{item.name}-{number}")
    for item in items()
    for number, example in enumerate(item.examples)
]


@pytest.mark.parametrize(("item", "example"), CASES)
def test_the_examples_of_the_reference_hold(item: Item, example: Example) -> None:
    if example.result is None:
        with pytest.raises(FlowsmithError):
            render_text(example.template, example_scope())
    else:
        assert render_text(example.template, example_scope()) == example.result


def test_everything_has_a_summary_and_an_example() -> None:
    assert [item.name for item in items() if not item.summary.endswith(".") or not item.examples] == []


def test_every_argument_is_explained() -> None:
    assert [
        f"{item.kind} {item.name}: {one.name}"
        for item in items()
        for one in item.arguments
        if not one.summary
    ] == []


def test_everything_of_the_language_is_listed() -> None:
    listed = {(item.kind, item.name) for item in items()}
    for table in (FILTERS, FUNCTIONS, TESTS):
        assert {(entry.kind, entry.name) for entry in table.values()} <= listed


def test_a_signature_shows_defaults() -> None:
    (item,) = find("date", "filter")
    assert item.signature == 'date(format="iso", timeZone=null, existingFormat=null, locale=null)'
    (item,) = find("upper")
    assert item.signature == "upper"
    (item,) = find("uuid")
    assert item.signature == "uuid()"


def test_operators_carry_their_precedence() -> None:
    by_name = {item.name: item.precedence for item in items() if item.kind == "operator"}
    assert by_name["or"] == 10
    assert by_name["~"] == 110
    assert by_name["? :"] == 0
    assert by_name["- (sign)"] == 500
