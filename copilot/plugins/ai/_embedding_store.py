"""Embedding stores: where texts lie with their vectors, and are found by nearness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.model.json import Json
from engine.plugin import Plugin, RunContext


@dataclass(frozen=True, slots=True)
class Segment:
    """A text with what is known of it and its vector."""

    text: str
    metadata: Mapping[str, Json]
    vector: Sequence[float]


@dataclass(frozen=True, slots=True)
class Match:
    """A text that was found; `score` is (cosine + 1) / 2: 1 the same direction, 0.5 nothing in common."""

    text: str
    metadata: Mapping[str, Json]
    score: float


class EmbeddingStore(Plugin):
    """A store of embedded texts. Calls raise TaskFailure."""

    abstract: ClassVar[bool] = True

    def write(self, ctx: RunContext, segments: Sequence[Segment], *, drop: bool) -> dict[str, Json]:
        """Add the segments, after removing all others if `drop`; returns outputs of the store's own."""
        raise NotImplementedError

    def search(
        self, ctx: RunContext, vector: Sequence[float], *, max_results: int, min_score: float
    ) -> list[Match]:
        """Return the nearest texts, best first."""
        raise NotImplementedError
