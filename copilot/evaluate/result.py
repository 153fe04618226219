"""What came of a case: a verdict per level, what was wrong, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass, field

from copilot.evaluate.case import Case

LEVELS: dict[str, str] = {
    "L0": "answered: a draft, an answer or a refusal with a reason",
    "L1": "parse: the YAML loads",
    "L2": "schema-valid: nothing in the gate blocks",
    "L3": "types exact: every type is in the catalogue, none deprecated",
    "L4": "properties exact: none unknown, none missing, every value of its type",
    "L5": "expressions valid: every template compiles, every reference resolves",
    "L6": "executes: accepted by its hash and run to the expected end",
    "L7": "intent: every fact of the case holds",
}
"""The levels, cheapest first; a case that fails one is not asked for the next ones."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a model was asked for a case; `cost` is None where no price is known."""

    planner: str = ""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None


@dataclass(slots=True)
class Result:
    """The outcome of one case."""

    case: Case
    levels: dict[str, bool] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    ms: float = 0.0
    acceptable: bool = False
    open: tuple[str, ...] = ()
    text: str = ""
    kept: bool | None = None
    invented: int = 0
    trial: int = 1
    spent: Spent = field(default_factory=Spent)

    @property
    def passed(self) -> bool:
        """Whether the case passed as a whole."""
        return self.levels.get("L7", False)

    @property
    def silent(self) -> bool:
        """Whether a wrong draft could have been accepted: worse than a placeholder that says so."""
        return self.acceptable and not self.passed

    def reach(self, level: str, holds: bool, *problems: str) -> bool:
        """Write down a level and what stood against it; returns whether it holds."""
        self.levels[level] = holds
        if not holds:
            self.problems += [f"{level}: {problem}" for problem in problems]
        return holds
