"""Which rows to keep, read from words."""

from __future__ import annotations

import pytest

from copilot.planner.rules.literal import mask
from copilot.planner.rules.rows.operation import Filter, Measure
from copilot.planner.rules.rows.reader import read_rows
from copilot.planner.rules.scene import Scene
from engine.registry import Registry

FILTERS: dict[str, list[Filter]] = {
    "keep rows where price is above 10": [Filter("price", ">", 10.0)],
    "remove rows where amount is below 10": [Filter("amount", ">=", 10.0)],
    "filter out rows where status is 'closed'": [Filter("status", "!=", "closed")],
    "filter users older than 30": [Filter("age", ">", 30.0)],
    "keep products cheaper than 5": [Filter("price|cost|amount", "<", 5.0)],
    "delete rows older than 30 days": [],
    "drop rows without an email": [Filter("email", "present")],
    "drop rows with missing price": [Filter("price", "present")],
    "keep rows where email is not empty": [Filter("email", "present")],
    "find rows where email is missing": [Filter("email", "absent")],
    "filter by country = 'FR'": [Filter("country", "=", "FR")],
    "keep only users with age over 30 and city is Rome": [
        Filter("age", ">", 30.0),
        Filter("city", "=", "Rome"),
    ],
    "keep title and price": [],
}


@pytest.mark.parametrize(("words", "expected"), FILTERS.items(), ids=FILTERS.keys())
def test_filters_are_read(words: str, expected: list[Filter], registry: Registry) -> None:
    masked = mask(words)
    assert list(read_rows(masked.text, masked, Scene(registry, masked)).filters) == expected


@pytest.mark.parametrize(
    "item", [Filter("a", sign, 1.0) for sign in ("=", ">", "<", "like", "starts", "present")]
)
def test_the_opposite_of_the_opposite_is_the_same(item: Filter) -> None:
    assert item.flipped() != item
    assert item.flipped().flipped() == item


def test_rows_are_no_columns(registry: Registry) -> None:
    for words in ("extract users from the file", "keep only users with age over 30", "select everything"):
        masked = mask(words)
        assert read_rows(masked.text, masked, Scene(registry, masked)).columns == ()


def test_repeated_values_are_counted(registry: Registry) -> None:
    masked = mask("find duplicate emails")
    wanted = read_rows(masked.text, masked, Scene(registry, masked))
    assert (wanted.measures, wanted.groups, wanted.repeated) == ((Measure("count"),), ("email",), True)
