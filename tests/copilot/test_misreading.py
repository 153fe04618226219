"""Words that were once misread without a word: each is done right or left open."""

from __future__ import annotations

import pytest

from copilot.plan.plan import Plan
from copilot.plan.render import render_plan
from copilot.planner.rules.compose import compose
from copilot.planner.rules.word import find_duration
from engine.registry import Registry

CSV = "https://a.b/orders.csv"


def plan_of(words: str, registry: Registry) -> Plan:
    return compose(words, registry, lambda _: [])


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        (f"Download {CSV}, retry 3 times and log the time", "PT10S"),
        (f"filter {CSV} to rows where status is paid or open", "IN ('paid', 'open')"),
        (f"read {CSV}, keep rows whose customer starts with A or B, count them with duckdb", "LIKE 'B%'"),
        (f"remove duplicates by name from {CSV} and count the rows with duckdb", "DISTINCT ON (name)"),
        ("For the numbers 2 and 4 log the square of the number", "| number"),
        ('Start by a webhook with key k-77 and log "x"', "key: k-77"),
        ('log "new year" once a year on January 1st at 00:05', "5 0 1 1 *"),
        ('In namespace lab log "x", flow id isolation-test', "id: isolation-test"),
        ("Create the dataset marts in BigQuery if it does not exist yet", "name: marts"),
        ('log "a" every hour at 5 past', "5 * * * *"),
    ],
)
def test_words_are_done(words: str, holds: str, registry: Registry) -> None:
    plan = plan_of(words, registry)
    assert not plan.placeholders
    assert holds in render_plan(plan)


@pytest.mark.parametrize(
    "words",
    [
        'for each of a and b log "{colour}"',
        'log "It is" plus the temperature',
        "greet every person of the department",
        f"filter {CSV} by the usual rules",
        f"Download {CSV} and sort it nicely",
        'log "x" for each customer',
    ],
)
def test_what_is_not_understood_is_left_open(words: str, registry: Registry) -> None:
    assert plan_of(words, registry).placeholders


@pytest.mark.parametrize("text", ["3 times and log", "as usual", "am", "and then"])
def test_small_words_are_no_length_of_time(text: str) -> None:
    assert find_duration(text) is None
