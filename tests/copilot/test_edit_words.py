"""Words that change a flow: each reading does what was meant, or asks, and never something else in silence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from copilot.errors import CopilotError, NeedInfo
from copilot.evaluate.case import load_cases, load_flows
from copilot.evaluate.fact import broken
from copilot.evaluate.lanes.edit import unmeant
from copilot.gate import judge
from copilot.plan.patch import apply_edit
from copilot.planner.rules.change import change
from engine.registry import Registry
from engine.source.document import read_document

Suggest = Callable[[str], Sequence[str]]
FLOWS = load_flows()


def wrong(flow: str, words: str, facts: dict, registry: Registry, suggest: Suggest) -> list[str]:
    """Return what is not as the facts of a case have it."""
    base = FLOWS[flow]
    try:
        edit = change(words, base, registry, suggest)
        text = apply_edit(base, edit)
    except CopilotError as error:
        return [error.message]
    found = [f"open: {part}" for part in edit.open]
    found += [finding.text for finding in judge(text, registry).blocking]
    found += unmeant(base, text, facts.get("changes") or [])
    return found + broken(facts, read_document(text).data, text)


def test_the_changes_the_rules_were_mended_on_stay_right(registry: Registry, suggest: Suggest) -> None:
    cases = [case for case in load_cases(("edit",)) if case.half == "tuning"]
    failed = {
        case.words: found
        for case in cases
        if (found := wrong(case.flow, case.words, case.facts, registry, suggest))
    }
    assert len(failed) <= len(cases) * 0.06, failed


@pytest.mark.parametrize(
    ("flow", "words", "candidates"),
    [
        ("shop", "rename the load to import", ["load_products", "load_prices", "load_stock"]),
        ("notify", "put the message into a variable", ["hello", "inner", "bye"]),
        ("shop", "change the url to jdbc:postgresql://x:5432/y", ["load_products", "load_prices"]),
    ],
)
def test_words_that_may_mean_several_tasks_are_asked_back(
    flow: str, words: str, candidates: list[str], registry: Registry, suggest: Suggest
) -> None:
    with pytest.raises(NeedInfo) as told:
        change(words, FLOWS[flow], registry, suggest)
    assert all(name in told.value.message for name in candidates), told.value.message
    assert "which one" in told.value.message


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        ("shop", "delete all tasks"),
        ("shop", "delete everything"),
        ("taxi", "use s3://lake/raw instead of example.com"),
        ("taxi", "translate the flow into German"),
        ("script", "replace the python script with a shell command `echo 45`"),
        ("taxi", "every 15 minutes during the night"),
        ("script", "set the colour of left to green"),
        ("taxi", "move the taxi"),
        ("orders", "backfill january 2024"),
    ],
)
def test_what_is_not_understood_is_never_done_in_silence(
    flow: str, words: str, registry: Registry, suggest: Suggest
) -> None:
    try:
        edit = change(words, FLOWS[flow], registry, suggest)
    except CopilotError:
        return
    assert edit.open


def test_all_but_what_is_named_goes(registry: Registry, suggest: Suggest) -> None:
    text = apply_edit(
        FLOWS["shop"], change("delete everything except fetch", FLOWS["shop"], registry, suggest)
    )
    assert [task["id"] for task in read_document(text).data["tasks"]] == ["fetch"]


def test_several_changes_follow_each_other(registry: Registry, suggest: Suggest) -> None:
    words = "rename load_products to products, set its timeout to 2 minutes and move it to the end"
    text = apply_edit(FLOWS["shop"], change(words, FLOWS["shop"], registry, suggest))
    last = read_document(text).data["tasks"][-1]
    assert (last["id"], last["timeout"]) == ("products", "PT2M")


def test_a_value_taken_out_of_the_text_is_told_but_not_repeated(registry: Registry, suggest: Suggest) -> None:
    edit = change("take the password out of the flow", FLOWS["taxi"], registry, suggest)
    assert any("SECRET_POSTGRES_PASSWORD" in text for text in edit.notes)
    assert not any("k3stra-pw" in text for text in [*edit.notes, *edit.open])
    assert "k3stra-pw" not in apply_edit(FLOWS["taxi"], edit)


@pytest.mark.parametrize(
    ("words", "cron"),
    [
        ("run it at 6 instead of 5", "0 6 1 * *"),
        ("run at 7 and 19", "0 7,19 1 * *"),
        ("run it on Mondays", "0 5 * * 1"),
        ("start it 15 minutes earlier", "45 4 1 * *"),
        ("make it a daily flow", "0 5 * * *"),
        ("run it on the 2nd at noon", "0 12 2 * *"),
        ("change the schedule to 7:30 on weekdays", "30 7 * * 1-5"),
    ],
)
def test_only_what_is_said_of_a_schedule_moves(
    words: str, cron: str, registry: Registry, suggest: Suggest
) -> None:
    text = apply_edit(FLOWS["taxi"], change(words, FLOWS["taxi"], registry, suggest))
    assert read_document(text).data["triggers"][0]["cron"] == cron
