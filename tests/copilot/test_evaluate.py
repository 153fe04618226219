"""The evaluation itself: its checks can fail, its halves are fixed, its report says what came out."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from copilot.evaluate.bench import opened
from copilot.evaluate.case import HALVES, Case, CaseError, load_cases, load_file, load_flows
from copilot.evaluate.fact import broken
from copilot.evaluate.lanes.edit import unmeant
from copilot.evaluate.report import markdown
from copilot.evaluate.result import Result
from copilot.evaluate.run import Rate, Summary, evaluate

FLOW: dict[str, Any] = {
    "id": "a",
    "namespace": "b.c",
    "inputs": [{"id": "city", "type": "STRING", "defaults": "Rome"}],
    "tasks": [
        {"id": "get", "type": "io.kestra.plugin.core.http.Download", "uri": "https://x/y.csv"},
        {
            "id": "each",
            "type": "io.kestra.plugin.core.flow.ForEach",
            "tasks": [{"id": "say", "type": "io.kestra.plugin.core.log.Log", "message": "hi"}],
        },
    ],
    "triggers": [{"id": "s", "type": "io.kestra.plugin.core.trigger.Schedule", "cron": "0 6 * * MON-FRI"}],
}
HOLD: dict[str, Any] = {
    "has": ["http.Download", "Log"],
    "uses": ["ForEach"],
    "lacks": ["Sleep"],
    "count": {"Log": 1},
    "inside": {"ForEach": ["Log"]},
    "with": {"Log": {"message": "~^h"}},
    "errors": [],
    "starts": ["Schedule"],
    "cron": "0 6 * * 1-5",
    "inputs": {"city": {"type": "STRING", "defaults": "Rome"}},
    "at": {"id:say.message": "hi"},
    "says": ["hi"],
    "never": ["bye"],
    "order": ["get", "each", "say"],
    "ns": "b.c",
    "id": "a",
}
BREAK: dict[str, Any] = {
    "has": ["Log", "http.Download"],
    "uses": ["Sleep"],
    "lacks": ["Log"],
    "count": {"Log": 2},
    "inside": {"ForEach": ["http.Download"]},
    "with": {"Log": {"message": "bye"}},
    "errors": ["Log"],
    "starts": ["Webhook"],
    "cron": "0 7 * * 1-5",
    "inputs": {"city": "INT"},
    "at": {"id:say.message": "bye"},
    "says": ["bye"],
    "never": ["hi"],
    "order": ["say"],
    "ns": "b",
    "id": "b",
}


@pytest.mark.parametrize("name", HOLD)
def test_a_fact_holds_or_is_a_problem(name: str) -> None:
    assert broken({name: HOLD[name]}, FLOW, "say hi") == []
    assert broken({name: BREAK[name]}, FLOW, "say hi") != []


def test_a_misspelt_fact_is_an_error() -> None:
    with pytest.raises(KeyError, match="crom"):
        broken({"crom": "* * * * *"}, FLOW, "")


def test_there_are_enough_cases_in_two_halves() -> None:
    cases = load_cases()
    counts = Counter(case.kind for case in cases)
    assert len(cases) >= 300
    assert counts["create"] >= 200
    assert counts["edit"] >= 50
    hashed = [case for case in cases if case.part is None]
    assert 0.4 < sum(case.half == "tuning" for case in hashed) / len(hashed) < 0.6
    assert all(case.flow in load_flows() or "\n" in case.flow for case in cases if case.flow)
    assert {case.half for case in cases} <= set(HALVES)


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(CaseError, match="'drive' is no kind"):
        load_cases(["drive"])


def test_lost_bytes_are_found() -> None:
    base = "id: a\n# keep\ntasks: []\n"
    assert unmeant(base, "id: b\n# keep\ntasks: []\n", ["id:"]) == []
    assert unmeant(base, "id: b\ntasks: []\n", ["id:"]) == ["# keep"]


CASES = [
    Case("create", 'Log "hello"', {"has": ["Log"]}, {"logs": ["hello"]}),
    Case("create", 'Log "hello" again', {"has": ["Sleep"]}, {"logs": ["bye"]}),
    Case("create", 'Log "a" and do the usual magic', {"open": ["magic"]}),
    Case("edit", "rename report to summary", {"order": ["download", "count_rows", "summary"], "changes": ["id: report"]}, None, "orders"),
    Case("refuse", "what a nice day", {"expect": "off-topic"}),
    Case("explain", "orders", {"says": ["orders"], "never": ["webhook"]}, None, "orders"),
]  # fmt: skip


def test_cases_are_judged_by_running_them() -> None:
    async def judged() -> list[Result]:
        async with opened() as bench:
            return await evaluate(CASES, bench)

    results = asyncio.run(judged())
    assert [result.passed for result in results] == [True, False, True, True, True, True]
    assert results[1].silent
    assert results[1].levels["L6"]
    assert len(results[1].problems) == 2
    whole = Summary(results)
    assert (whole.of("create").executed, whole.kept, whole.silent.good) == (Rate(2, 2), Rate(1, 1), 1)
    page = markdown(results, [*CASES, Case("ask", "x", {"abstain": True})], "rules", "flowsmith eval")
    assert "not judged: no documents, 1 cases" in page
    assert page.count("**silent**") == 1


FAILING = """id: late
namespace: fix
tasks:
  - id: query
    type: io.kestra.plugin.jdbc.duckdb.Query
    fetchType: FETCH
    sql: selct 1 as one
"""
SAY = {
    "id": "hi",
    "steps": [{"id": "say", "type": "io.kestra.plugin.core.log.Log", "values": {"message": "hi"}}],
}
LANES = [
    Case("fix", "mended", {"reason": "sql-syntax", "changes": ["selct"]}, {"rows": [{"one": 1}]}, FAILING),
    Case("fix", "other reason", {"reason": "timeout", "changes": ["selct"]}, {}, FAILING),
    Case("fix", "advice only", {"reason": "sql-syntax", "advice": True}, None, FAILING),
    Case("fix", "works", {"reason": "sql-syntax"}, {}, FAILING.replace("selct", "select")),
    Case("model", "say hi", {"replies": [SAY], "expect": "draft", "calls": 1}),
    Case("model", "only a model knows how", {"replies": ["no"], "expect": "draft"}),
    Case("model", "say hi too", {"replies": ["no", SAY], "expect": "draft", "calls": 1}),
    Case("model", 'log "x"', {"replies": [{"fails": "busy"}], "expect": "draft", "says": ["x"]}),
]


def test_fixes_are_run_again_and_scripts_are_counted() -> None:
    async def judged() -> list[Result]:
        async with opened() as bench:
            return await evaluate(LANES, bench)

    results = asyncio.run(judged())
    assert [result.passed for result in results] == [True, False, False, False, True, False, False, True]
    assert results[0].kept
    assert "the flow of the case does not fail" in results[3].problems[0]


def test_a_file_that_holds_no_cases_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text("- {kind: drive, words: x}", encoding="utf-8")
    with pytest.raises(CaseError, match="'drive' of case 1 is no kind"):
        load_file(file)
    file.write_text("a: b", encoding="utf-8")
    with pytest.raises(CaseError, match="no list"):
        load_file(file)


def test_a_rate_knows_how_sure_it_is() -> None:
    assert str(Rate(1, 2)) == "1/2 (50 %)"
    assert Rate(0, 0).interval == "–"
    assert Rate(60, 100).interval == "50–69 %"
