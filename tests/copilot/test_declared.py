"""Inputs declared with type, name, options and default."""

from __future__ import annotations

from typing import Any

import pytest

from copilot.planner.rules.declared import take_declared
from copilot.planner.rules.literal import mask

DECLARED: dict[str, list[tuple[str, str, Any]]] = {
    "takes a date called day and log it": [("day", "DATE", None)],
    "take two integers a and b and log their sum": [("a", "INT", None), ("b", "INT", None)],
    "with a boolean input dry_run that defaults to true, log it": [("dry_run", "BOOL", True)],
    "an integer parameter named limit with default 10": [("limit", "INT", 10)],
    "pick one of small, medium or large as size": [("size", "SELECT", None)],
    "a multi-select of the weekdays Mon, Tue, Wed and Thu called days": [("days", "MULTISELECT", None)],
    "choose a colour, red or blue, and a size, default 10": [("colour", "SELECT", None), ("size", "INT", 10)],
}


@pytest.mark.parametrize(("words", "expected"), DECLARED.items(), ids=DECLARED.keys())
def test_inputs_are_read(words: str, expected: list[tuple[str, str, Any]]) -> None:
    found = take_declared(mask(words))
    assert [(item.id, item.type, item.defaults) for item in found] == expected


@pytest.mark.parametrize(
    "words", ["log the date of today", "download the file and log it", "sort by date descending"]
)
def test_other_words_declare_nothing(words: str) -> None:
    assert take_declared(mask(words)) == []
