"""A rule: which clauses mean a type, and how the step is filled from the clause."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.scene import Scene

Fill = Callable[[Act, Scene], "list[Step] | None"]
Score = Callable[[Act, Scene], float]


@dataclass(frozen=True, slots=True)
class Rule:
    """One type (or two that belong together). `score` is 0 when the clause does not mean it, up to 1; `fill`
    returns the steps, or None when a needed value is missing from the words."""

    type: str
    score: Score
    fill: Fill


def words(*patterns: tuple[str, float], unless: str | None = None) -> Score:
    """Score by the best of several patterns on the lower-case clause."""
    compiled = [(re.compile(pattern), weight) for pattern, weight in patterns]
    against = re.compile(unless) if unless else None

    def score(act: Act, scene: Scene) -> float:
        low = act.low
        if against is not None and against.search(low):
            return 0.0
        return max((weight for pattern, weight in compiled if pattern.search(low)), default=0.0)

    return score
