"""What is known of whole documents while their entries are ranked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.dense import DenseIndex
from retrieval.entry import Entry
from retrieval.lexical import LexicalIndex
from retrieval.query import Query
from retrieval.term import terms


class Pages:
    """The documents of the entries of an index, numbered in their order."""

    def __init__(self, entries: Sequence[Entry], lexical: LexicalIndex) -> None:
        numbers: dict[str, int] = {}
        self._of = np.array(
            [
                numbers.setdefault(entry.document or f"#{at}", len(numbers))
                for at, entry in enumerate(entries)
            ],
            dtype=np.int64,
        )
        self._count = len(numbers)
        self._names: list[dict[str, float]] = [{} for _ in numbers]
        for entry, number in zip(entries, self._of, strict=True):
            if not self._names[number]:
                rarity = {term: lexical.rarity(term) for term in terms(entry.name)}
                whole = sum(rarity.values())
                self._names[number] = {term: value / whole for term, value in rarity.items()}

    def of(self, position: int) -> int:
        """Return the number of the document of an entry."""
        return int(self._of[position])

    def whole(self, dense: DenseIndex) -> DenseIndex | None:
        """Return an index of the mean vector of each document; None when documents are single entries."""
        return dense.grouped(self._of) if self._count < len(self._of) else None

    def places(
        self, nearest: Sequence[tuple[int, float]], positions: NDArray[np.int64], unit: float
    ) -> NDArray[np.float64]:
        """Return [m] reciprocal ranks of the entries' documents; `unit` is that of the first."""
        worth = np.zeros(self._count)
        for rank, (document, _) in enumerate(nearest):
            worth[document] = 1 / (1 / unit + rank)
        found: NDArray[np.float64] = worth[self._of[positions]]
        return found

    def named(self, query: Query, positions: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return [m] shares of the documents' names that are in the question, rare words counting more."""
        asked = {term for word in query.words for term in word}
        numbers, where = np.unique(self._of[positions], return_inverse=True)
        shares = [
            sum(share for term, share in self._names[number].items() if term in asked) for number in numbers
        ]
        found: NDArray[np.float64] = np.array(shares, dtype=np.float64)[where]
        return found
