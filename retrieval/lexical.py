"""Search by words: BM25 over terms."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.typo import Speller

Scores = NDArray[np.float32]


class LexicalIndex:
    """BM25 (Lucene's variant) over lists of terms, in memory."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        """Index the documents; their numbers are their positions."""
        self._vocabulary: dict[str, int] = {}
        ids = [
            [self._vocabulary.setdefault(term, len(self._vocabulary)) for term in terms]
            for terms in documents
        ]
        self._count = len(documents)
        self._ids = [frozenset(found) for found in ids]
        self._seen = np.zeros(len(self._vocabulary), dtype=np.int64)
        for found in self._ids:
            for number in found:
                self._seen[number] += 1
        self._scorer = _index(ids, self._vocabulary) if self._vocabulary else None
        self._speller: Speller | None = None

    def scores(self, weights: Mapping[str, float]) -> Scores:
        """Return float32 [n]: the weighted sum of each term's score."""
        total = np.zeros(self._count, dtype=np.float32)
        by_weight: dict[float, list[int]] = {}
        for term, weight in weights.items():
            if term in self._vocabulary:
                by_weight.setdefault(weight, []).append(self._vocabulary[term])
        for weight, numbers in by_weight.items():
            if self._scorer is not None:
                total += np.float32(weight) * self._scorer.get_scores_from_ids(numbers)
        return total

    def knows(self, term: str) -> bool:
        """Whether any document has the term."""
        return term in self._vocabulary

    def has(self, document: int, term: str) -> bool:
        """Whether the document has the term."""
        number = self._vocabulary.get(term)
        return number is not None and number in self._ids[document]

    def rarity(self, term: str) -> float:
        """Return the inverse document frequency; an unknown term is as rare as one can be."""
        number = self._vocabulary.get(term)
        seen = int(self._seen[number]) if number is not None else 0
        return math.log(1 + (self._count - seen + 0.5) / (seen + 0.5))

    def correct(self, term: str) -> str | None:
        """Return the known term nearest to an unknown one, or None."""
        if self._speller is None:
            self._speller = Speller(self._vocabulary)
        return self._speller.correct(term)


def _index(ids: list[list[int]], vocabulary: Mapping[str, int]) -> Any:
    import bm25s

    logging.getLogger("bm25s").setLevel(
        logging.WARNING
    )  # it logs every step at DEBUG on a logger set to that
    scorer = bm25s.BM25(method="lucene", backend="numpy")
    scorer.index((ids, dict(vocabulary)), show_progress=False)
    return scorer


def top(scores: NDArray[np.floating], count: int, allowed: NDArray[np.bool_] | None = None) -> list[int]:
    """Return the positions of the highest positive scores, best first, equal ones in order of position."""
    positions = np.flatnonzero((scores > 0) if allowed is None else (scores > 0) & allowed)
    if len(positions) > count:
        # keep every position that ties with the last one, so that the order does not depend on the partition
        least = np.partition(scores[positions], len(positions) - count)[len(positions) - count]
        positions = positions[scores[positions] >= least]
    order = np.argsort(-scores[positions], kind="stable")[:count]
    return [int(position) for position in positions[order]]
