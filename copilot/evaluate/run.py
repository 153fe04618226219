"""Judge many cases, one after another, and sum up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from copilot.evaluate.bench import Bench
from copilot.evaluate.case import Case
from copilot.evaluate.lanes.table import LANES
from copilot.evaluate.result import LEVELS, Result


async def evaluate(
    cases: Sequence[Case],
    bench: Bench,
    progress: Callable[[Result], None] | None = None,
    *,
    trial: int = 1,
) -> list[Result]:
    """Judge the cases that have a lane, in order; questions only where the bench has documents."""
    results = []
    for case in cases:
        if case.kind not in LANES or (case.kind == "ask" and not bench.documents):
            continue
        result = await _judged(case, bench)
        result.trial = trial
        results.append(result)
        if progress is not None:
            progress(result)
    return results


async def _judged(case: Case, bench: Bench) -> Result:
    """Judge a case, unless it has nothing to be judged by: then it fails, and says what it needs."""
    lacks = unjudged(case)
    if not lacks:
        return await LANES[case.kind](case, bench)
    result = Result(case)
    result.reach("L7", False, lacks)
    return result


def unjudged(case: Case) -> str:
    """Say what a case lacks to be judged, as those do that came from the feedback buttons."""
    if case.kind in ("edit", "fix", "explain") and not case.flow:
        return "it keeps no flow; add `flow`, a name or the text"
    decides = set(case.facts) - {"expected", "verdict", "outcome", "turn", "note"}
    if "verdict" in case.facts and not decides and case.run is None:
        return (
            f"no fact decides yet; add some to `expected`: {case.facts.get('expected', 'nothing was said')}"
        )
    if case.kind == "fix" and "reason" not in case.facts:
        return "no fact decides yet; add `reason`, and `advice: true` where the flow must stay as it is"
    if case.kind == "ask" and not {"cites", "abstain", "says"} & set(case.facts):
        return "no fact decides yet; add `cites` or `abstain`"
    return ""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    good: int
    total: int

    def __str__(self) -> str:
        return f"{self.good}/{self.total} ({100 * self.good / self.total:.0f} %)" if self.total else "–"

    @property
    def interval(self) -> str:
        """Wilson's interval at 95 % (Wilson 1927), in per cent."""
        if not self.total:
            return "–"
        n, p, z = self.total, self.good / self.total, 1.96
        middle, width = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        low, high = ((middle + sign * width) / (1 + z * z / n) for sign in (-1, 1))
        return f"{max(0.0, low) * 100:.0f}–{min(1.0, high) * 100:.0f} %"


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of some results."""

    results: Sequence[Result] = field(default_factory=list)

    def of(self, kind: str) -> Summary:
        """Return the figures of one kind of case."""
        return Summary([result for result in self.results if result.case.kind == kind])

    def half(self, half: str) -> Summary:
        """Return the figures of one half."""
        return Summary([result for result in self.results if result.case.half == half])

    @property
    def passed(self) -> Rate:
        """Cases whose every fact holds, first try."""
        return Rate(sum(result.passed for result in self.results), len(self.results))

    def level(self, level: str) -> Rate:
        """Cases that hold a level, of those that were asked for it."""
        asked = [result.levels[level] for result in self.results if level in result.levels]
        return Rate(sum(asked), len(asked))

    @property
    def levels(self) -> dict[str, Rate]:
        """Every level's rate."""
        return {level: self.level(level) for level in LEVELS}

    @property
    def executed(self) -> Rate:
        """Runnable cases that ran to their expected end."""
        runnable = [result for result in self.results if result.case.run is not None]
        return Rate(sum(result.levels.get("L6", False) for result in runnable), len(runnable))

    @property
    def executed_overall(self) -> Rate:
        """As `executed`, of all cases: what needs a system that is not here counts as not run."""
        return Rate(sum(result.levels.get("L6", False) for result in self.results), len(self.results))

    @property
    def acceptable(self) -> Rate:
        """Drafts that could be accepted."""
        return Rate(sum(result.acceptable for result in self.results), len(self.results))

    @property
    def acceptable_valid(self) -> Rate:
        """Of the drafts that could be accepted, those that hold L1 to L5."""
        drafts = [result for result in self.results if result.acceptable]
        good = sum(all(result.levels.get(f"L{n}") for n in range(1, 6)) for result in drafts)
        return Rate(good, len(drafts))

    @property
    def silent(self) -> Rate:
        """Drafts that could be accepted but are not what was asked: misread without a word."""
        return Rate(sum(result.silent for result in self.results), len(self.results))

    @property
    def invented(self) -> int:
        """Types and properties that do not exist, in any draft."""
        return sum(result.invented for result in self.results)

    @property
    def kept(self) -> Rate:
        """Edits that kept every byte they were not asked to change."""
        known = [result.kept for result in self.results if result.kept is not None]
        return Rate(sum(known), len(known))

    def latency_ms(self, percent: int) -> float:
        """Return the time within which that share of the answers was there."""
        times = sorted(result.ms for result in self.results)
        return times[max(0, math.ceil(percent / 100 * len(times)) - 1)] if times else 0.0
