"""Search by words: BM25 over terms."""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.cache import Arrays
from retrieval.typo import Speller

Scores = NDArray[np.float32]

_TABLE = ("indptr", "indices", "data")
_NONE = np.zeros(0, dtype=np.int32)
_NOTHING = np.zeros(0, dtype=np.float32)


class LexicalIndex:
    """BM25 (Lucene's variant) over lists of terms, in memory."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        """Index the documents; their numbers are their positions."""
        numbers: defaultdict[str, int] = defaultdict()
        numbers.default_factory = numbers.__len__  # an unknown term gets the next number
        ids = [list(map(numbers.__getitem__, terms)) for terms in documents]
        self._vocabulary = dict(numbers)
        self._count = len(documents)
        self._postings = _postings(ids, self._vocabulary) if self._vocabulary else None
        self._speller: Speller | None = None

    @classmethod
    def of_arrays(cls, arrays: Arrays, count: int) -> LexicalIndex:
        """Return the index of `count` documents that gave these arrays."""
        index = cls([])
        terms = arrays["terms"].tobytes().decode().split("\n")
        index._vocabulary = {term: number for number, term in enumerate(terms)}
        index._count = count
        index._postings = {name: arrays[name] for name in _TABLE}
        return index

    def arrays(self) -> Arrays | None:
        """Return the index as arrays; None for an empty one."""
        if self._postings is None:
            return None
        terms = "\n".join(sorted(self._vocabulary, key=self._vocabulary.__getitem__))
        table = {name: np.asarray(self._postings[name]) for name in _TABLE}
        return {**table, "terms": np.frombuffer(terms.encode(), dtype=np.uint8)}

    def scores(self, weights: Mapping[str, float]) -> Scores:
        """Return float32 [n]: the weighted sum of each term's score."""
        total = np.zeros(self._count, dtype=np.float32)
        for term, weight in weights.items():
            documents, scores = self._posting(term)
            total[documents] += np.float32(weight) * scores  # a document is in a posting once
        return total

    def knows(self, term: str) -> bool:
        """Whether any document has the term."""
        return term in self._vocabulary

    def documents(self, term: str) -> NDArray[np.int32]:
        """Return the documents that have the term, ascending."""
        return self._posting(term)[0]

    def presence(self, term: str, documents: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return bool [m]: which of the documents [m] have the term."""
        posting, _ = self._posting(term)
        if not len(posting):
            return np.zeros(len(documents), dtype=bool)
        places = np.minimum(np.searchsorted(posting, documents), len(posting) - 1)
        there: NDArray[np.bool_] = posting[places] == documents
        return there

    def rarity(self, term: str) -> float:
        """Return the inverse document frequency; an unknown term is as rare as one can be."""
        seen = len(self._posting(term)[0])
        return math.log(1 + (self._count - seen + 0.5) / (seen + 0.5))

    def correct(self, term: str) -> str | None:
        """Return the known term nearest to an unknown one, or None."""
        if self._speller is None:
            self._speller = Speller(self._vocabulary)
        return self._speller.correct(term)

    def _posting(self, term: str) -> tuple[NDArray[np.int32], Scores]:
        """Return the documents that have the term, ascending, and its score in each."""
        number = self._vocabulary.get(term)
        if number is None or self._postings is None:
            return _NONE, _NOTHING
        start, end = self._postings["indptr"][number : number + 2]
        return self._postings["indices"][start:end], self._postings["data"][start:end]


def _postings(ids: list[list[int]], vocabulary: Mapping[str, int]) -> dict[str, Any]:
    """Return bm25s's table: for each term a run of `indices` (ascending) and `data`, cut by `indptr`."""
    import bm25s

    logging.getLogger("bm25s").setLevel(
        logging.WARNING
    )  # it logs every step at DEBUG on a logger set to that
    scorer = bm25s.BM25(method="lucene", backend="numpy")
    scorer.index((ids, dict(vocabulary)), show_progress=False)
    found: dict[str, Any] = scorer.scores
    return found


def top(scores: NDArray[np.floating], count: int, allowed: NDArray[np.bool_] | None = None) -> list[int]:
    """Return the positions of the highest positive scores, best first, equal ones in order of position."""
    positions = np.flatnonzero((scores > 0) if allowed is None else (scores > 0) & allowed)
    if len(positions) > count:
        # keep every position that ties with the last one, so that the order does not depend on the partition
        least = np.partition(scores[positions], len(positions) - count)[len(positions) - count]
        positions = positions[scores[positions] >= least]
    order = np.argsort(-scores[positions], kind="stable")[:count]
    return [int(position) for position in positions[order]]
