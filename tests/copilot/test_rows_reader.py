"""What a clause asks of rows: every phrase is read, or its words are left over."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from copilot.planner.rules.literal import mask
from copilot.planner.rules.rows.operation import Computed, Filter, Measure, Transform
from copilot.planner.rules.rows.python import to_python
from copilot.planner.rules.rows.reader import declared, read_rows
from copilot.planner.rules.rows.sql import to_sql
from copilot.planner.rules.scene import Scene
from engine.registry import Registry

ORDERS = [
    {"order_id": 1, "customer_id": 10, "country": "DE", "status": "paid", "amount": 20.5},
    {"order_id": 2, "customer_id": 11, "country": "FR", "status": "open", "amount": 100.0},
    {"order_id": 3, "customer_id": 10, "country": "DE", "status": "paid", "amount": 7.0},
    {"order_id": 4, "customer_id": 12, "country": "FR", "status": "cancelled", "amount": 1.0},
]


def asked(words: str, registry: Registry, known: tuple[str, ...] = ()) -> Transform:
    masked = mask(words)
    scene = Scene(registry, masked, request=words, subjects=["orders", "users", "products", "trips"])
    return read_rows(masked.text, masked, scene, known)


GROUPS = {
    "how many orders has each customer": (Measure("count"), "customer|customer_id"),
    "how many users come from each city": (Measure("count"), "city"),
    "count the orders per status": (Measure("count"), "status"),
    "the number of orders for every country": (Measure("count"), "country"),
    "how much did each country spend": (
        Measure("sum", "amount|total|price|revenue|sales|cost|fare|value"),
        "country",
    ),
    "revenue per country": (Measure("sum", "revenue|amount|total|sales|price"), "country"),
    "the average fare by vendor": (Measure("avg", "fare"), "vendor"),
    "group them by vendor and log the longest distance of each vendor": (
        Measure("max", "distance"),
        "vendor",
    ),
    "which vendor has the highest total fare": (Measure("sum", "fare"), "vendor"),
    "which country placed the most orders": (Measure("count"), "country"),
    "list brand with the number of products": (Measure("count"), "brand"),
}


@pytest.mark.parametrize(("words", "expected"), GROUPS.items(), ids=GROUPS.keys())
def test_a_group_is_read_in_any_phrasing(
    words: str, expected: tuple[Measure, str], registry: Registry
) -> None:
    found = asked(words, registry)
    assert (found.measures, found.groups, found.left) == ((expected[0],), (expected[1],), ())


CHOSEN = {
    "keep those from Oslo": ("in", ("Oslo",)),
    "keep the users who live in Oslo or Rome": ("in", ("Oslo", "Rome")),
    "select only customers named Bob or Cem": ("in", ("Bob", "Cem")),
    "keep the orders from DE": ("in", ("DE",)),
    "only German (DE) and Italian (IT) orders remain": ("in", ("DE", "IT")),
    "keep the paid and the open orders": ("in", ("paid", "open")),
    "remove the cancelled ones": ("out", ("cancelled",)),
    "pick the products of the brand Oak": ("in", ("Oak",)),
    "the orders with ids 3 and 4": ("in", ("3", "4")),
}


@pytest.mark.parametrize(("words", "expected"), CHOSEN.items(), ids=CHOSEN.keys())
def test_rows_are_chosen_by_their_values(
    words: str, expected: tuple[str, tuple[str, ...]], registry: Registry
) -> None:
    found = asked(words, registry)
    [item] = found.filters
    operator = {"=": "in", "!=": "out"}.get(item.operator, item.operator)
    assert (operator, item.among or (str(item.value),), found.left) == (*expected, ())


def test_a_column_nobody_named_is_told_as_an_assumption(registry: Registry) -> None:
    assert asked("keep those from Oslo", registry).assumed
    assert not asked("keep rows where city is Oslo", registry).assumed
    assert not asked("the total amount per customer", registry, ("customer_id", "amount")).assumed


def test_columns_the_words_declare_are_known(registry: Registry) -> None:
    words = "How much did each customer spend (columns customer_id and amount)?"
    assert declared(words) == ("customer_id", "amount")
    assert asked(words, registry).groups == ("customer_id",)


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("find suspicious users", "suspicious"),
        ("sort it nicely", "nicely"),
        ("keep rows where price is above 10 on rainy days", "rainy"),
        ("the average amount per customer in lavender", "lavender"),
    ],
)
def test_a_word_nothing_was_read_from_is_left_over(words: str, left: str, registry: Registry) -> None:
    assert left in asked(words, registry).left


@pytest.mark.parametrize(
    "words",
    ["print the cheapest and the most expensive product", "the 3 newest orders, cheapest shipping first"],
)
def test_two_questions_in_one_are_not_answered_as_one(words: str, registry: Registry) -> None:
    found = asked(words, registry)
    assert not found
    assert found.left


def test_new_columns_are_made(registry: Registry) -> None:
    assert asked("compute the fare per mile as fare divided by distance", registry).computed == (
        Computed("fare_per_mile", "fare", "/", "distance"),
    )
    assert asked("add a column adult that says whether age is at least 30", registry).computed == (
        Computed("adult", "age", ">=", 30.0),
    )
    assert asked("round the amounts to whole numbers", registry).rounded == (("amount", 0),)
    assert asked("convert the amounts to integers", registry).rounded == (("amount", 0),)


RUN: dict[str, list[list[Any]]] = {
    "how much did each customer spend": [[11, 100.0], [10, 27.5], [12, 1.0]],
    "the share of paid orders": [[50.0]],
    "the last order": [[4, 12, "FR", "cancelled", 1.0]],
    "the last two orders": [[3, 10, "DE", "paid", 7.0], [4, 12, "FR", "cancelled", 1.0]],
    "the second order": [[2, 11, "FR", "open", 100.0]],
    "keep the orders from DE": [[1, 10, "DE", "paid", 20.5], [3, 10, "DE", "paid", 7.0]],
    "remove the orders from DE and FR": [],
    "the order id of all orders with an amount over 10": [[1], [2]],
    "sort them by amount from high to low and keep the first 2 rows": [
        [2, 11, "FR", "open", 100.0],
        [1, 10, "DE", "paid", 20.5],
    ],
    "which country has the highest total amount": [["FR", 101.0]],
}


@pytest.mark.parametrize(("words", "expected"), RUN.items(), ids=RUN.keys())
def test_sql_and_python_agree(
    words: str, expected: list[list[Any]], registry: Registry, tmp_path: Path
) -> None:
    wanted = asked(words, registry)
    assert wanted
    assert not wanted.left
    (tmp_path / "data.json").write_text(json.dumps(ORDERS))
    cursor = duckdb.execute(to_sql(wanted, f"read_json_auto('{tmp_path / 'data.json'}')"))
    assert [list(row) for row in cursor.fetchall()] == expected
    script = to_python(wanted, "data.json", "json", "out.json")
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    assert [list(row.values()) for row in json.loads((tmp_path / "out.json").read_text())] == expected


def test_a_guessed_column_that_is_not_there_fails(registry: Registry, tmp_path: Path) -> None:
    wanted = asked("keep the ones named Bob", registry)
    (tmp_path / "data.json").write_text(json.dumps(ORDERS))
    with pytest.raises(duckdb.BinderException):
        duckdb.execute(to_sql(wanted, f"read_json_auto('{tmp_path / 'data.json'}')"))
    script = to_python(wanted, "data.json", "json", "out.json")
    assert subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True).returncode


def test_a_table_takes_the_first_of_the_possible_columns(registry: Registry) -> None:
    assert (
        to_sql(asked("keep those from Oslo", registry), "users")
        == "SELECT *\nFROM users\nWHERE city = 'Oslo'"
    )


@pytest.mark.parametrize("operator", ["true", "false", "out", "!="])
def test_filters_turn_round(operator: str) -> None:
    item = Filter("a", operator, "x")
    assert item.flipped().flipped() == item
