"""Talk becomes plain requests, slips are mended, and what is not surely a slip stays as it is."""

from __future__ import annotations

import pytest

from copilot.plan.plan import Plan, Step
from copilot.planner.rules.literal import mask
from copilot.planner.rules.promise import unkept
from copilot.planner.rules.spelling import spelled
from copilot.planner.rules.talk import plain_talk


def said(words: str) -> str:
    masked = mask(words)
    masked.text = plain_talk(masked)
    return masked.unmask(masked.text)


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        ("hi! could you download https://a.b/c.csv pls", "could you download https://a.b/c.csv"),
        ("So basically: log the date", "log the date"),
        ("We need a heartbeat. Log the date", "Log the date"),
        ("keep calling https://a.b/c", "call https://a.b/c"),
        ("kick out everyone younger than 30", "remove rows younger than 30"),
        ("Our fare file is at https://a.b/c.csv. Count it", "read https://a.b/c.csv. Count it"),
        ('for i from 1 to 3 log "i"', 'for each i in 1 to 3: log "i"'),
        ("log the title of every product", "for each product: log the title of the product"),
        ('if it has rows log "a", otherwise do nothing', 'if it has rows log "a"'),
        ("at 5 past every hour", "every hour at 5 past"),
        ('log "a", in any case log "b"', 'log "a". Then log "b"'),
    ],
)
def test_talk_is_written_down(words: str, plain: str) -> None:
    assert said(words) == plain


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("please creat a flow wich runs evry day", "please create a flow which runs every day"),
        ("dowload the file", "download the file"),
        ("donwloads the file and cacluates the sum", "downloads the file and cacluates the sum"),
        ("Evry monday", "Every monday"),
    ],
)
def test_slips_are_mended(words: str, right: str) -> None:
    assert spelled(words) == right


@pytest.mark.parametrize(
    "words",
    [
        "count the rows per county",
        "the crate and the rum",
        "commute the rows",
        "query the table retires",
        "select the column dowload_id",
        "read https://a.b/evry.csv",
    ],
)
def test_what_may_be_meant_stays(words: str) -> None:
    masked = mask(words)
    assert spelled(masked.text) == masked.text


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("for each of a and b log it", False),
        ("retry it", False),
        ("every day log it", False),
        ("log the nightly-report", True),
        ("log it", True),
    ],
)
def test_a_structure_that_is_not_there_is_told(words: str, kept: bool) -> None:
    plan = Plan(steps=[Step(id="log", type="io.kestra.plugin.core.log.Log", values={"message": "it"})])
    assert (unkept(words, plan) == []) is kept


def test_an_open_part_may_be_the_one_that_is_asked_for() -> None:
    plan = Plan(steps=[Step(id="open", placeholder=True, because="retry it")])
    assert unkept("retry it", plan) == []
