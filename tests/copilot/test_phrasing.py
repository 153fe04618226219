"""Sentences that belong together: what they tell is taken out, the rest is written in plainer words."""

from __future__ import annotations

import re

import pytest

from copilot.planner.rules.literal import mask
from copilot.planner.rules.phrasing.hear import hear

U = "https://a.b/c"


def heard(words: str) -> tuple[str, dict[str, object]]:
    """Return the plainer text and the facts of its marks, all in one."""
    masked = mask(words)
    hear(masked)
    facts: dict[str, object] = {}
    for literal in masked.inside(masked.text):
        facts |= {literal.kind: literal.value, **literal.facts}
    return " ".join(re.sub(r"⟦\d+⟧", "⟦⟧", masked.text).split()), facts


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        (f"Step 1: call {U}. Step 2: wait a second.", "call ⟦⟧. wait a second."),
        ('After logging "a" sleep a second', "log ⟦⟧, then sleep a second"),
        (f"There is a file at {U}. Download it.", "Download ⟦⟧."),
        (f"If {U} says that usd is more than 1, fail", "call ⟦⟧. If usd is more than 1, fail"),
        (f"Call {U}; let the run fail", "Call ⟦⟧; fail"),
        ('In the end, no matter what, log "z"', "Whatever happens, log ⟦⟧"),
        (f"Merge {U} and {U}/d into one file", "download ⟦⟧ and ⟦⟧, then concat the files"),
        ("Every day at 8 log the date. Skip it on weekends.", "Every weekday at 8 log the date."),
    ],
)
def test_sentences_become_plain_steps(words: str, plain: str) -> None:
    assert heard(words)[0].lower() == plain.lower()


def test_a_poll_keeps_its_limits() -> None:
    text, facts = heard(
        f"Ask {U} every 2 seconds until status is ok, at most five times. Not longer than 1 minute."
    )
    assert text.startswith("call ⟦⟧ until status is ok ⟦⟧")
    assert {"interval": "PT2S", "maxIterations": 5}.items() <= facts.items()


@pytest.mark.parametrize(
    ("words", "timeout"),
    [
        ("If it takes more than 30 seconds it should be stopped.", "PT30S"),
        ("Stop it if it runs longer than two minutes.", "PT2M"),
        ("It has to be done within an hour.", "PT1H"),
    ],
)
def test_a_limit_said_afterwards_is_a_timeout(words: str, timeout: str) -> None:
    assert heard(f"Download {U}. {words}")[1]["timeout"] == timeout


def test_the_pause_between_tries_is_theirs() -> None:
    retry = heard(f"Download {U}, with up to 5 attempts and one second between them.")[1]["retry"]
    assert isinstance(retry, dict)
    assert (retry["interval"], retry["maxAttempts"]) == ("PT1S", 5)


@pytest.mark.parametrize(
    ("words", "name", "values", "default"),
    [
        (
            "Let me pick the colour from a list (red or green, green by default).",
            "colour",
            ["red", "green"],
            "green",
        ),
        ("Input mode with the options full and fast, default fast.", "mode", ["full", "fast"], "fast"),
        ("The user picks one of the sites north and south.", "site", ["north", "south"], None),
    ],
)
def test_a_choice_is_an_input(words: str, name: str, values: list[str], default: str | None) -> None:
    item = hear(mask(words)).inputs[0]
    assert (item.id, item.type, item.options["values"], item.defaults) == (name, "SELECT", values, default)


def test_two_inputs_are_no_choice() -> None:
    assert not hear(mask("Create a flow with inputs name and age (integer)")).inputs
