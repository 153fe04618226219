"""Baselines: what they send, what becomes of their replies, and the table beside the copilot."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from copilot.errors import ReplyError
from copilot.evaluate.baseline import CONTESTANTS, yaml_of
from copilot.evaluate.bench import Model, opened
from copilot.evaluate.case import Case, spread
from copilot.evaluate.compare import compare
from copilot.evaluate.model_page import comparison_page, model_page
from copilot.evaluate.result import Result, Spent
from copilot.evaluate.scripted import ScriptedProvider
from copilot.evaluate.trial import Trials
from copilot.providers.port import Price, Reply, Usage

LOG = "io.kestra.plugin.core.log.Log"
GOOD = f"id: moon\nnamespace: a.b\ntasks:\n  - id: say\n    type: {LOG}\n    message: moon\n"
BAD = GOOD.replace("log.Log", "log.Lgo")
PLAN = {"id": "moon", "steps": [{"id": "say", "type": LOG, "values": {"message": "moon"}}]}
CASES = [
    Case("create", "serenade the moon as only you know how", {"has": ["Log"]}, {"logs": ["moon"]}),
    Case("ask", "how?", {"abstain": True}),
]
REPLIES: dict[str, list[Any]] = {
    "direct": [f"```yaml\n{BAD}```"],
    "catalogue": [GOOD],
    "documented": ["I cannot do that."],
    "repaired": [BAD, f"<think>{BAD}</think>\n{GOOD}"],
    "finder": [{"types": [LOG, "io.evil.Shell"]}, GOOD],
    "rules": [],
    "copilot": [PLAN],
}


def test_all_are_judged_on_the_same_cases() -> None:
    script = ScriptedProvider([reply for one in CONTESTANTS for reply in REPLIES[one.name]])
    found = asyncio.run(compare(CASES, lambda: opened(model=Model(script, Price(1, 1)))))
    one = {name: results[0] for name, results in found.items()}
    assert list(found) == [contestant.name for contestant in CONTESTANTS]
    assert all(len(results) == 1 for results in found.values())
    passed = {name for name, result in one.items() if result.passed}
    assert passed == {"catalogue", "repaired", "finder", "copilot"}
    assert (one["direct"].levels["L1"], one["direct"].levels["L3"]) == (True, False)
    assert (one["direct"].invented, one["direct"].acceptable) == (1, False)
    assert "the model wrote no flow" in one["documented"].problems[0].lower()
    assert {name: result.spent.calls for name, result in one.items()} == {
        "direct": 1, "catalogue": 1, "documented": 1, "repaired": 2, "finder": 2, "rules": 0, "copilot": 1,
    }  # fmt: skip
    assert script.calls == 8
    direct, catalogue, documented, _, again, choice, built = script.sent[:7]
    assert LOG not in direct
    assert "io.kestra.plugin.jdbc.postgresql.Query" in catalogue
    assert "Documentation of types" in documented
    assert "## io.kestra.plugin." in documented
    assert "log.Lgo" in again
    assert f"{LOG}: " in choice
    assert '"properties"' in built
    assert "io.evil" not in built
    page = comparison_page(found, model="scripted", command="flowsmith eval --compare")
    head = next(line for line in page.splitlines() if line.startswith("| figure"))
    assert head.count("|") == len(CONTESTANTS) + 2
    assert "Not measured" not in page


def test_without_a_model_only_the_rules_take_part() -> None:
    found = asyncio.run(compare(CASES[:1], opened))
    assert list(found) == ["rules"]
    page = comparison_page(found, model="", command="flowsmith eval --compare")
    assert "Not measured, because no model was given: direct, catalogue" in page


@pytest.mark.parametrize("text", ["", "sorry", "```\nhello\n```", '{"steps": []}'])
def test_a_reply_without_a_flow_is_no_file(text: str) -> None:
    with pytest.raises(ReplyError, match="no flow"):
        yaml_of(Reply(text, Usage()))


def tried(words: str, *passes: bool, calls: int = 1, planner: str = "m") -> list[Result]:
    case = Case("create", words)
    spent = Spent(planner, calls, 100 * calls, 10, 0.5)
    return [
        Result(case, {"L7": good}, trial=number, spent=spent, ms=10.0 * number)
        for number, good in enumerate(passes, 1)
    ]


def test_trials_tell_once_ever_and_always() -> None:
    results = [
        *tried("a", True, True, True),
        *tried("b", True, False, False, calls=2),
        *tried("c", False, False, False, planner="rules"),
        *tried("d", True, True, True, planner="rules"),
    ]
    trials = Trials(results)
    assert trials.count == 3
    assert trials.pass_at_1.value == pytest.approx((2 + 1 / 3) / 4)
    assert trials.pass_at_k.value == pytest.approx(3 / 4)
    assert trials.pass_all.value == pytest.approx(2 / 4)
    assert trials.unaided.value == pytest.approx((1 + 1 / 3) / 4)
    assert trials.first_try.value == pytest.approx(1 / 4)
    assert trials.pass_at_1.low < trials.pass_at_1.value < trials.pass_at_1.high
    assert trials.pass_at_1 == trials.pass_at_1
    assert (trials.by_rules, trials.cost) == (6, 6.0)
    page = model_page(results, stale=2)
    assert "3 trial(s)" in page
    assert "2 recording(s)" in page
    assert "| calls a case, mean / most | 1.2 / 2 |" in page
    assert str(Trials([]).pass_at_1) == "–"
    assert model_page(tried("d", True, calls=0)) == ""


def test_the_choice_of_cases_does_not_change_with_their_order() -> None:
    cases = [Case("create", str(number)) for number in range(20)]
    some = spread(cases, 5)
    assert len(some) == 5
    assert {case.id for case in spread(cases[::-1], 5)} == {case.id for case in some}
