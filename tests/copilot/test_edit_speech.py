"""Changes said in passing: reasons are set aside, values find their place, and what is not done is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from copilot.errors import NeedInfo, Refusal
from copilot.evaluate.case import load_flows
from copilot.plan.patch import apply_edit
from copilot.planner.rules.change import change
from copilot.planner.rules.edit.aside import apart, defaulted
from engine.registry import Registry
from engine.source.document import read_document

Suggest = Callable[[str], Sequence[str]]
FLOWS = load_flows()


@pytest.mark.parametrize(
    ("said", "order"),
    [
        ("drop batch, nobody uses it", "drop batch"),
        ("the paper has arrived, turn wrap_it on", "turn wrap_it on"),
        ("run it at 6 because the export is late", "run it at 6"),
        ("empty sales so we never have rows twice", "empty sales"),
        ("use port 25, everything else is the same", "use port 25"),
        ("rename a to b, the old name confused everybody", "rename a to b"),
    ],
)
def test_a_reason_is_cut_off_its_order(said: str, order: str) -> None:
    first, *rest = apart(said)
    assert first == order
    assert rest


@pytest.mark.parametrize(
    "said",
    [
        "rename a to b, the default should be 5",
        "run it at 6, the table is called orders",
        "log the rows, the level must be WARN",
        "drop batch because it is 500",
    ],
)
def test_what_asks_for_something_is_no_reason(said: str) -> None:
    assert apart(said) == [said]


def test_a_default_that_stays_is_a_default() -> None:
    assert defaulted("make the name an input, Ada stays the default") == (
        "make the name an input with default Ada"
    )


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        ("mart", "post 'Mart is fresh' to the tell task as a carrier pigeon"),
        ("mart", "the totals query should only look at sales of today"),
        ("mart", "wait 5 seconds between the shops"),
        ("mart", "not on Sundays and Wednesdays in leap years"),
        ("mart", "use mart2 and mart3 as the database"),
        ("mart", "run it at 6, the batch is 900"),
        ("mart", "rename per_region to loop, the table is called orders"),
        ("event", "the mail should go to the moon"),
        ("event", "for refund and gift log 'x' in purple"),
        ("probe", "say 'hi' instead of nothing at all"),
        ("probe", "log 'x' in parallel with the others"),
        ("colours", "count the rows of rides and multiply by seven"),
        ("colours", "monthly: green on the first at 9 and yellow when it rains"),
    ],
)
def test_what_is_left_of_an_order_is_said(
    flow: str, words: str, registry: Registry, suggest: Suggest
) -> None:
    try:
        edit = change(words, FLOWS[flow], registry, suggest)
    except Refusal:
        return
    empty = [item for item in edit.operations if item.step is not None and item.step.placeholder]
    assert edit.open or empty, [item.model_dump(exclude_defaults=True) for item in edit.operations]


@pytest.mark.parametrize(
    ("flow", "words"), [("taxi", "delete the input month"), ("mart", "drop the mode input, it is unused")]
)
def test_what_is_still_read_is_asked_back_before_it_goes(
    flow: str, words: str, registry: Registry, suggest: Suggest
) -> None:
    assert any("still read" in part for part in change(words, FLOWS[flow], registry, suggest).open)


def test_only_the_input_that_is_named_goes(registry: Registry, suggest: Suggest) -> None:
    edit = change("get rid of the batch input, nobody uses it", FLOWS["mart"], registry, suggest)
    kept = read_document(apply_edit(FLOWS["mart"], edit)).data["inputs"]
    assert [item["id"] for item in kept] == ["regions", "mode"]
    assert not edit.open


def test_an_input_without_a_name_is_asked_back(registry: Registry, suggest: Suggest) -> None:
    with pytest.raises(NeedInfo, match="which one"):
        change("remove the input", FLOWS["mart"], registry, suggest)


def test_a_step_on_the_database_takes_the_connection_of_the_flow(
    registry: Registry, suggest: Suggest
) -> None:
    edit = change("vacuum the sales table at the very end", FLOWS["mart"], registry, suggest)
    added = read_document(apply_edit(FLOWS["mart"], edit)).data["tasks"][-1]
    assert added["url"] == "jdbc:postgresql://pg1.acme.io:5432/mart"
    assert added["sql"] == "VACUUM sales"


def test_each_value_gets_its_own_schedule(registry: Registry, suggest: Suggest) -> None:
    words = "run it monthly: green on the first at 9 and yellow on the first at 10"
    made = read_document(
        apply_edit(FLOWS["colours"], change(words, FLOWS["colours"], registry, suggest))
    ).data
    assert [(item["cron"], item["inputs"]) for item in made["triggers"]] == [
        ("0 9 1 * *", {"colour": "green"}),
        ("0 10 1 * *", {"colour": "yellow"}),
    ]
