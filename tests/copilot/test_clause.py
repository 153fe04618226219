"""Requests as trees of clauses."""

from __future__ import annotations

import pytest

from copilot.planner.rules.clause import Act, AtLast, Branch, Loop, Node, OnFailure, Together, Until
from copilot.planner.rules.literal import mask
from copilot.planner.rules.parse import parse
from copilot.planner.rules.verb import plain_verbs
from copilot.planner.rules.word import find_duration


def tree(words: str) -> list[object]:
    masked = mask(words)
    masked.text = plain_verbs(masked.text)

    def shape(node: Node) -> object:
        match node:
            case Act():
                return masked.unmask(node.text)
            case Loop():
                return ("each", node.head, [shape(item) for item in node.body])
            case Branch():
                return (
                    "if",
                    node.condition,
                    [shape(i) for i in node.then],
                    [shape(i) for i in node.otherwise],
                )
            case Together():
                return ("together", [shape(item) for item in node.body])
            case Until():
                return ("until", node.condition, node.interval, [shape(item) for item in node.body])
            case OnFailure():
                return ("failure", [shape(item) for item in node.body])
            case AtLast():
                return ("last", [shape(item) for item in node.body])

    return [shape(node) for node in parse(masked)]


TREES: dict[str, list[object]] = {
    "Download https://a.b/c.csv, count the rows and log the result": ["Download https://a.b/c.csv", "count the rows", "log the result"],
    "Create a flow that downloads https://a.b/c and then logs it": ["download https://a.b/c", "log it"],
    'log "fish, chips and log cabins"': ['log "fish, chips and log cabins"'],
    "keep title and price and show them": ["keep title and price", "show them"],
    "for each month of 2019 download https://a.b/{month}.csv and load it into postgres": [
        ("each", "month of 2019", ["download https://a.b/{month}.csv", "load it into postgres"])
    ],
    'log "hi" for each of red, green and blue': [("each", "red, green and blue", ['log "hi"'])],
    "if it is yellow, load it into a, otherwise load it into b": [("if", "it is yellow", ["load it into a"], ["load it into b"])],
    "If it is yellow create table a. Otherwise create table b.": [("if", "it is yellow", ["create table a"], ["create table b"])],
    'In parallel: log "a"; log "b"': [("together", ['log "a"', 'log "b"'])],
    'download https://a.b/1 and https://a.b/2 in parallel, then log "done"': [
        ("together", ["download https://a.b/1 and https://a.b/2"]), 'log "done"'
    ],
    'poll https://a.b every 10 seconds until the status is 200, then log "up"': [
        ("until", "the status is 200", "PT10S", ["poll https://a.b"]), 'log "up"'
    ],
    'run `x`. If it fails, log "bad"': ["run `x`", ("failure", ['log "bad"'])],
    "send a message to slack if it fails": [("failure", ["send a message to slack"])],
    'always log "end"': [("last", ['log "end"'])],
    'repeat 3 times: log "x"': [("each", "round in 1 to 3", ['log "x"'])],
    "- download https://a.b/c\n- log it": ["download https://a.b/c", "log it"],
    "For each file:\n- unzip it\n- load it": [("each", "file", ["unzip it", "load it"])],
}  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), TREES.items(), ids=TREES.keys())
def test_a_request_is_read_as_a_tree(words: str, expected: list[object]) -> None:
    assert tree(words) == expected


@pytest.mark.parametrize(
    ("words", "attempts", "interval"),
    [
        ("retry 3 times", 4, "PT10S"),
        ("with 3 attempts every minute", 3, "PT1M"),
        ("retry the download up to 5 times every 30 seconds", 6, "PT30S"),
    ],
)
def test_retries_are_put_aside(words: str, attempts: int, interval: str) -> None:
    (literal,) = mask(words).literals
    assert literal.facts["retry"] == {"type": "constant", "interval": interval, "maxAttempts": attempts}


@pytest.mark.parametrize(
    ("words", "iso"),
    [
        ("5 seconds", "PT5S"),
        ("two minutes", "PT2M"),
        ("an hour and a half", "PT1H30M"),
        ("half an hour", "PT30M"),
        ("ten days", "P10D"),
        ("1h 30m", "PT1H30M"),
        ("PT5S", "PT5S"),
        ("90s", "PT1M30S"),
        ("300 ms", "PT0.3S"),
    ],
)
def test_durations_are_found(words: str, iso: str) -> None:
    found = find_duration(f"wait {words} now")
    assert found is not None
    assert found.iso == iso
