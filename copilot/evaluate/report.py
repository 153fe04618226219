"""The figures as a page of Markdown; written by `flowsmith eval`, never by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from copilot.evaluate.case import HALVES, KINDS, Case
from copilot.evaluate.lanes.table import LANES
from copilot.evaluate.model_page import model_page
from copilot.evaluate.result import LEVELS, Result
from copilot.evaluate.run import Summary

_TITLES = {
    "create": "new flows from words",
    "edit": "changes of a flow",
    "refuse": "impossible, off-topic, hostile, contradictory, empty, very long, other languages",
    "ask": "questions to the documents",
    "explain": "explanations",
    "fix": "failed runs: the reason, the change, run again",
    "import": "imports",
    "model": "replies of a scripted model: good, broken, hostile; at most 3 calls",
}
_ABOUT = (
    "Written by `{command}`; do not edit. Planner: {planner}. Cases: {cases}, in three parts: the rules were "
    "tuned on the first; the second was measured all along and mended only where drafts were wrong without a "
    "word, but its edits were read while the rules were mended; the third was written after the rules, for "
    "the most part by somebody who had not seen them."
)


def markdown(
    results: Sequence[Result], cases: Sequence[Case], planner: str, command: str, *, stale: int = 0
) -> str:
    """Write the page; `stale` are recordings of a tape that nobody asked for."""
    whole = Summary(results)
    parts = [
        "# Quality of the copilot",
        _ABOUT.format(command=command, planner=planner, cases=len({result.case.id for result in results})),
        _kinds(whole, cases),
        _levels(whole.of("create")),
        _targets(whole),
        model_page(results, stale=stale),
        _misses(_once([result for result in results if not result.passed])),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def _kinds(whole: Summary, cases: Sequence[Case]) -> str:
    rows: list[tuple[object, ...]] = []
    for kind in KINDS:
        some = whole.of(kind)
        if not some.results:
            waiting = sum(case.kind == kind for case in cases)
            if not waiting:
                continue
            why = "not judged: no documents" if kind in LANES else "no lane yet"
            rows.append((kind, _TITLES[kind], f"{why}, {waiting} cases", "", "", "", ""))
            continue
        halves = [some.half(half).passed for half in HALVES]
        unseen = Summary([result for result in some.results if result.case.half != "tuning"]).passed
        rows.append((kind, _TITLES[kind], *halves, some.passed, unseen.interval))
    head = ("kind", "what", *(f"pass@1 {half}" for half in HALVES), "all", "not tuned on, 95 %")
    return "## Cases that pass as a whole\n\n" + _table(head, rows)


def _levels(create: Summary) -> str:
    halves = [create.half(half) for half in HALVES]
    rows = [
        (f"{level} {meaning}", *(half.levels[level] for half in halves)) for level, meaning in LEVELS.items()
    ]
    return "## New flows, level by level\n\n" + _table(("level", *HALVES), rows)


_DRAFTED = ("create", "edit", "refuse")
_FIGURES: tuple[tuple[str, str, Callable[[Summary], object]], ...] = (
    ("invented types and properties", "0", lambda part: part.invented),
    ("valid, of what can be accepted", "100 %", lambda part: _drafts(part).acceptable_valid),
    ("executes, of the runnable intents", "≥ 75 %", lambda part: part.of("create").executed),
    ("executes, of all new flows", "≥ 50 %", lambda part: part.of("create").executed_overall),
    ("misread silently: acceptable, but wrong", "0", lambda part: part.of("create").silent),
    ("changes correct", "≥ 80 %", lambda part: part.of("edit").passed),
    ("bytes kept outside the change", "100 %", lambda part: part.of("edit").kept),
    ("failed runs: right reason, right change or none", "≥ 40 %", lambda part: part.of("fix").passed),
    ("failed runs that work after their change", "≥ 40 %", lambda part: part.of("fix").executed),
    ("draft latency p50 / p95", "p95 ≤ 300 ms", lambda part: _latency(_drafts(part))),
)


def _drafts(part: Summary) -> Summary:
    return Summary([result for result in part.results if result.case.kind in _DRAFTED])


def _targets(whole: Summary) -> str:
    parts = [whole, *(whole.half(half) for half in HALVES)]
    rows = [(name, target, *(figure(part) for part in parts)) for name, target, figure in _FIGURES]
    return "## Targets\n\n" + _table(("figure", "target", "all", *HALVES), rows)


def _latency(some: Summary) -> str:
    return f"{some.latency_ms(50):.0f} / {some.latency_ms(95):.0f} ms" if some.results else "–"


def _once(missed: Sequence[Result]) -> list[Result]:
    """Keep the first miss of each case."""
    return list({result.case.id: result for result in reversed(missed)}.values())[::-1]


def _misses(missed: Sequence[Result]) -> str:
    if not missed:
        return ""
    lines = ["## Misses", "", "`silent` marks drafts that could have been accepted although they are wrong."]
    for half in HALVES:
        some = [result for result in missed if result.case.half == half]
        lines += ["", f"### {half.capitalize()}: {len(some)}", "", *map(_miss, some)]
    return "\n".join(lines)


def _miss(result: Result) -> str:
    words = " ".join(result.case.words.split())
    shown = words if len(words) <= 160 else words[:157] + " …"
    why = " ".join((result.problems[0] if result.problems else "").split())[:200]
    mark = " **silent**" if result.silent else ""
    return f"- `{result.case.id}`{mark} {shown!r}: {why}"
