"""Search by meaning: inner products of unit vectors, exact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.embed.port import Vectors

FAISS_FROM = 4_096
"""Rows from which faiss is used; below, numpy is as fast and starts at once."""


class DenseIndex:
    """Vectors of documents; those without one (not made yet, damaged) are simply not found here."""

    def __init__(
        self,
        rows: Vectors,
        positions: Sequence[int],
        *,
        weight: float = 1.0,
        faiss_from: int = FAISS_FROM,
    ) -> None:
        """`rows` float32 [m, d] of unit length; `positions` [m], ascending, are their documents."""
        self.weight = weight
        """How much this ranking counts beside the one by words."""

        self._rows = np.ascontiguousarray(rows, dtype=np.float32)
        self._positions = np.asarray(positions, dtype=np.int64)
        self._faiss = _flat(self._rows) if len(self._rows) >= faiss_from else None

    def __len__(self) -> int:
        return len(self._positions)

    @property
    def dimension(self) -> int:
        """Length of a row."""
        return int(self._rows.shape[1]) if self._rows.ndim == 2 else 0

    def nearest(
        self, query: Vectors, count: int, allowed: NDArray[np.bool_] | None = None
    ) -> list[tuple[int, float]]:
        """Return (document, cosine) of the nearest, best first. `query` float32 [d]; `allowed` bool [n]."""
        if not len(self._rows) or len(query) != self.dimension:
            return []
        rows = None if allowed is None else np.flatnonzero(allowed[self._positions])
        if self._faiss is not None:
            found, scores = self._by_faiss(query, count, rows)
        else:
            found, scores = self._by_numpy(query, count, rows)
        return [(int(self._positions[row]), float(score)) for row, score in zip(found, scores, strict=True)]

    def similarity(self, query: Vectors, documents: Sequence[int]) -> dict[int, float]:
        """Return the cosine of the given documents; those without a vector are left out."""
        if not len(self._rows) or len(query) != self.dimension or not documents:
            return {}
        wanted = np.asarray(documents, dtype=np.int64)
        rows = np.minimum(np.searchsorted(self._positions, wanted), len(self._positions) - 1)
        there = self._positions[rows] == wanted
        scores = self._rows[rows[there]] @ query
        return {int(document): float(score) for document, score in zip(wanted[there], scores, strict=True)}

    def _by_numpy(self, query: Vectors, count: int, rows: NDArray[np.int64] | None) -> tuple[Any, Any]:
        scores = (self._rows if rows is None else self._rows[rows]) @ query
        count = min(count, len(scores))
        best = np.argpartition(-scores, count - 1)[:count] if count else np.zeros(0, dtype=np.int64)
        best = best[np.lexsort((best, -scores[best]))]
        return best if rows is None else rows[best], scores[best]

    def _by_faiss(self, query: Vectors, count: int, rows: NDArray[np.int64] | None) -> tuple[Any, Any]:
        assert self._faiss is not None
        options = {} if rows is None else {"params": _only(rows)}
        scores, found = self._faiss.search(query[np.newaxis, :], min(count, len(self._rows)), **options)
        there = found[0] >= 0
        return found[0][there], scores[0][there]


def _only(rows: NDArray[np.int64]) -> Any:
    import faiss

    parameters: Any = faiss.SearchParameters
    return parameters(sel=faiss.IDSelectorBatch(rows))


def _flat(rows: Vectors) -> Any:
    import faiss

    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    return index
