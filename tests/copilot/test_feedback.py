"""Opinions on drafts and answers: kept without secrets, one for each thing, and read as cases that decide."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from copilot.conversation import Turn
from copilot.draft import Draft
from copilot.errors import OpinionUnknown
from copilot.evaluate.bench import opened
from copilot.evaluate.case import Case, load_file
from copilot.evaluate.result import Result
from copilot.evaluate.run import evaluate, unjudged
from copilot.feedback import about_draft, about_turn, about_words, case_of, cases_yaml
from copilot.opinion import Opinions, Subject
from engine.storage.memory import MemoryStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LOG = "io.kestra.plugin.core.log.Log"
FLOW = f"id: a\nnamespace: b\ntasks:\n  # keep me\n  - id: t\n    type: {LOG}\n    message: hi\n"
CHANGED = FLOW.replace("message: hi", "message: bye")
TIMED = (
    FLOW + "triggers:\n  - id: s\n    type: io.kestra.plugin.core.trigger.Schedule\n    cron: '0 6 * * *'\n"
)


def draft(text: str, base: str = "", words: str = "do it", placeholders: tuple[str, ...] = ()) -> Draft:
    return Draft.make(text, base=base, planner="rules", created=NOW, words=words, placeholders=placeholders)


def turn(mode: str = "edit", words: str = "do it", **more: Any) -> Turn:
    return Turn("t1", 1, mode, words, NOW, "done", **more)


@pytest.mark.parametrize(
    ("about", "kind", "facts"),
    [
        (about_draft(draft(TIMED)), "create", {"has": ["Log"], "starts": ["Schedule"]}),
        (about_draft(draft(FLOW, placeholders=("magic",))), "create", {"has": ["Log"], "open": ["magic"]}),
        (about_draft(draft(CHANGED, FLOW)), "edit", {"changes": ["message: hi"], "says": ["message: bye"]}),
        (about_draft(draft(CHANGED, FLOW, "Fix: wrong")), "fix", {"changes": ["message: hi"]}),
        (
            about_turn(turn("fix", reason="sql-syntax"), "c", draft=draft(CHANGED, FLOW)),
            "fix",
            {"changes": ["message: hi"], "reason": "sql-syntax"},
        ),
        (about_turn(turn("fix", reason="secret"), "c"), "fix", {"reason": "secret", "advice": True}),
        (about_turn(turn("ask", cites=("a.md", "b.md")), "c"), "ask", {"cites": ["a.md"]}),
        (about_turn(turn("ask"), "c"), "ask", {"abstain": True}),
        (about_turn(turn("ask", "explain this flow"), "c", flow=FLOW), "explain", {}),
        (about_turn(turn(chips=({"kind": "flow"},)), "c"), "edit", {}),
        (
            about_turn(turn(plan={"steps": [{"type": LOG, "nested": {"tasks": [{"type": LOG}]}}]}), "c"),
            "create",
            {"has": ["Log", "Log"]},
        ),
    ],
    ids=[
        "flow", "open", "change", "fix", "fix of a turn", "advice", "answer", "no answer", "explanation",
        "a change whose draft is gone", "a flow whose draft is gone",
    ],
)  # fmt: skip
def test_what_a_good_one_is_asked_for_again(about: Subject, kind: str, facts: dict[str, Any]) -> None:
    assert (about.kind, about.facts) == (kind, facts)


def test_there_is_one_opinion_on_a_thing_until_it_is_taken_back() -> None:
    opinions = Opinions(MemoryStore().kv)
    made = draft(FLOW)
    opinions.give(about_draft(made), True)
    kept = opinions.give(about_turn(turn(draft_id=made.id), "c", draft=made), False, " wrong \n", actor="cli")
    opinions.give(about_words("ask", "how?"), True)
    assert [(one.good, one.comment, one.actor) for one in opinions.all()] == [
        (False, "wrong", "cli"),
        (True, "", "api"),
    ]
    assert kept.subject.conversation_id == "c"
    assert opinions.all()[0] == kept
    opinions.forget_conversation("other")
    opinions.forget_conversation("c")
    (left,) = opinions.all()
    opinions.delete(left.id)
    assert opinions.all() == []
    with pytest.raises(OpinionUnknown, match=left.id):
        opinions.delete(left.id)


def test_no_secret_is_kept() -> None:
    kv = MemoryStore().kv
    opinions = Opinions(kv, secret_values=lambda: ["hunter2222"])
    text = FLOW.replace("hi", "hunter2222")
    about = about_draft(draft(text, text.replace("id: a", "id: c"), "log hunter2222"))
    about.facts["says"] = ["message: hunter2222"]
    opinions.give(about, False, "it shows hunter2222 and sk-abcdefghijklmnop1234")
    kept = str(list(kv.items("_copilot")))
    assert "hunter2222" not in kept
    assert "sk-abcdef" not in kept
    assert "keep me" in kept


def judged(cases: Sequence[Case]) -> list[Result]:
    async def run() -> list[Result]:
        async with opened() as bench:
            return await evaluate(cases, bench)

    return asyncio.run(run())


def test_opinions_are_judged_as_cases(tmp_path: Path) -> None:
    opinions = Opinions(MemoryStore().kv)
    opinions.give(about_draft(draft(FLOW, words='log "hi"')), True)
    opinions.give(about_draft(draft(FLOW, words='log "hi" twice')), False, "two: logs")
    opinions.give(about_draft(draft(TIMED, words='log "ho"')), True)
    opinions.give(about_turn(turn(words="rename it", chips=({"kind": "flow"},)), "c"), False)
    file = tmp_path / "feedback.yaml"
    file.write_text(cases_yaml(opinions.all()), encoding="utf-8")
    cases = load_file(file)
    assert [case.kind for case in cases] == ["create", "create", "create", "edit"]
    lacks = [unjudged(case) for case in cases]
    assert (lacks[0], lacks[2]) == ("", "")
    assert "two: logs" in lacks[1]
    assert "keeps no flow" in lacks[3]
    results = judged(cases)
    assert [result.passed for result in results] == [True, False, False, False]
    assert "no trigger" in results[2].problems[0] or "0 triggers" in results[2].problems[0]


def test_a_good_change_is_a_whole_case(tmp_path: Path) -> None:
    opinion = Opinions(MemoryStore().kv).give(about_draft(draft(CHANGED, FLOW, "say bye")), True)
    file = tmp_path / "feedback.yaml"
    file.write_text(cases_yaml([opinion]), encoding="utf-8")
    (case,) = load_file(file)
    assert (case.flow, unjudged(case)) == (FLOW, "")
    assert case_of(opinion)["flow"] == FLOW
    assert "reason" in unjudged(Case("fix", "Fix: it", {"changes": ["x"], "verdict": "good"}, None, FLOW))


def test_without_opinions_there_are_no_cases(tmp_path: Path) -> None:
    file = tmp_path / "feedback.yaml"
    file.write_text(cases_yaml([]), encoding="utf-8")
    assert load_file(file) == []
