"""Several trials of each case: how often it passes, once, ever and always, and how sure that is."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from copilot.evaluate.result import Result

RESAMPLED = 1_000
"""How many samples a bootstrap interval is made of."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the cases, with its bootstrap interval at 95 % (Efron 1979), cases being drawn."""

    value: float
    low: float
    high: float
    cases: int

    def __str__(self) -> str:
        if not self.cases:
            return "–"
        return f"{self.value * 100:.0f} % ({self.low * 100:.0f}–{self.high * 100:.0f} %)"


@dataclass(frozen=True, slots=True)
class Trials:
    """The results of some cases, each tried as often as the others."""

    results: Sequence[Result] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How often each case was tried."""
        return max((result.trial for result in self.results), default=0)

    @property
    def pass_at_1(self) -> Share:
        """Chance that one trial of a case passes."""
        return _share([sum(tries) / len(tries) for tries in self._cases(_passed)])

    @property
    def pass_at_k(self) -> Share:
        """Cases of which some trial passes."""
        return _share([float(any(tries)) for tries in self._cases(_passed)])

    @property
    def pass_all(self) -> Share:
        """Cases of which every trial passes: pass^k."""
        return _share([float(all(tries)) for tries in self._cases(_passed)])

    @property
    def unaided(self) -> Share:
        """As `pass_at_1`, without the drafts the rules made because the model could not be used."""
        return _share([sum(tries) / len(tries) for tries in self._cases(_unaided)])

    @property
    def first_try(self) -> Share:
        """As `pass_at_1`, without those that needed more than one call of the model."""
        return _share([sum(tries) / len(tries) for tries in self._cases(_first)])

    @property
    def asked(self) -> list[Result]:
        """Results for which a model was asked."""
        return [result for result in self.results if result.spent.calls]

    @property
    def by_rules(self) -> int:
        """Drafts that are from the rules although a model was asked: it could not be used."""
        return sum(_stood_in(result) for result in self.results)

    @property
    def cost(self) -> float | None:
        """What all calls cost together, None where no price is known."""
        known = [result.spent.cost for result in self.results if result.spent.cost is not None]
        return sum(known) if known else None

    def of(self, kind: str) -> Trials:
        """Return the results of one kind of case."""
        return Trials([result for result in self.results if result.case.kind == kind])

    def _cases(self, holds: Callable[[Result], bool]) -> list[list[bool]]:
        found: dict[str, list[bool]] = defaultdict(list)
        for result in self.results:
            found[result.case.id].append(holds(result))
        return list(found.values())


def _passed(result: Result) -> bool:
    return result.passed


def _unaided(result: Result) -> bool:
    return result.passed and not _stood_in(result)


def _stood_in(result: Result) -> bool:
    return bool(result.spent.calls) and result.spent.planner == "rules"


def _first(result: Result) -> bool:
    return _unaided(result) and result.spent.calls <= 1


def _share(rates: Sequence[float]) -> Share:
    """Return the mean of the cases; the interval is the same each time it is asked for."""
    if not rates:
        return Share(0.0, 0.0, 0.0, 0)
    chance = random.Random(0)
    number = len(rates)
    means = sorted(sum(chance.choices(rates, k=number)) / number for _ in range(RESAMPLED))
    low, high = means[int(0.025 * RESAMPLED)], means[int(0.975 * RESAMPLED) - 1]
    return Share(sum(rates) / number, low, high, number)
