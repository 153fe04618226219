"""Search by meaning: inner products of unit vectors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.cache import Arrays
from retrieval.embed.port import Vectors, unit

FAISS_FROM = 4_096
"""Rows from which faiss finds candidates among rows of one byte a number; their order is then made exact.
Below, numpy is as fast, starts at once and needs no second copy."""

APPROXIMATE_FROM = 50_000
"""Rows from which only the nearest clusters are looked at (an inverted file). A graph (HNSW) would find as
much as fast, but takes minutes to build where this takes seconds."""

_WIDER = 2
_LEAST_PROBES = 32
_PROBED = 8
_TRAINED_ROWS = 64
_ROUNDS = 6

Nearest = list[tuple[int, float]]


class DenseIndex:
    """Vectors of documents; those without one (not made yet, damaged) are simply not found here."""

    def __init__(
        self,
        rows: Vectors,
        positions: Sequence[int],
        *,
        weight: float = 1.0,
        faiss_from: int = FAISS_FROM,
        approximate_from: int = APPROXIMATE_FROM,
    ) -> None:
        """`rows` float32 [m, d] of unit length; `positions` [m], ascending, are their documents."""
        self.weight = weight
        """How much this ranking counts beside the one by words."""

        self._rows = np.ascontiguousarray(rows, dtype=np.float32)
        self._positions = np.asarray(positions, dtype=np.int64)
        self._faiss: Any = None
        if len(self._rows) >= approximate_from:
            self._faiss = _clustered(self._rows)
        elif len(self._rows) >= faiss_from:
            self._faiss = _scanned(self._rows)

    @classmethod
    def of_arrays(cls, arrays: Arrays, *, weight: float = 1.0) -> DenseIndex:
        """Return the index that gave these arrays; its rows are read from them when they are needed."""
        index = cls(arrays["rows"][:0], (), weight=weight)
        index._rows = arrays["rows"]
        index._positions = arrays["positions"]
        if "faiss" in arrays:
            import faiss

            library: Any = faiss
            library.omp_set_num_threads(1)
            index._faiss = library.deserialize_index(np.asarray(arrays["faiss"]))
        return index

    def arrays(self) -> Arrays:
        """Return the index as arrays."""
        found: dict[str, NDArray[Any]] = {"rows": self._rows, "positions": self._positions}
        if self._faiss is not None:
            import faiss

            library: Any = faiss
            found["faiss"] = library.serialize_index(self._faiss)
        return found

    def __len__(self) -> int:
        return len(self._positions)

    @property
    def dimension(self) -> int:
        """Length of a row."""
        return int(self._rows.shape[1]) if self._rows.ndim == 2 else 0

    def grouped(self, groups: NDArray[np.int64]) -> DenseIndex:
        """Return an index of the mean row of each group; `groups` [n] are those of all documents."""
        numbers, rows = np.unique(groups[self._positions], return_inverse=True)
        order = np.argsort(rows, kind="stable")
        starts = np.searchsorted(rows[order], np.arange(len(numbers)))
        total = np.add.reduceat(self._rows[order], starts, axis=0)
        return DenseIndex(unit(total), numbers.tolist(), weight=self.weight)

    def nearest(self, query: Vectors, count: int, allowed: NDArray[np.bool_] | None = None) -> Nearest:
        """Return (document, cosine) of the nearest, best first. `query` float32 [d]; `allowed` bool [n]."""
        return self.nearest_each(query[np.newaxis, :], count, allowed)[0]

    def nearest_each(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None = None
    ) -> list[Nearest]:
        """Do so for every row of `queries` float32 [q, d]: the vectors are read once for all of them."""
        if not len(self._rows) or queries.shape[1] != self.dimension:
            return [[] for _ in queries]
        rows = None if allowed is None else np.flatnonzero(allowed[self._positions])
        search = self._by_numpy if self._faiss is None else self._by_faiss
        found = search(queries, count, rows)
        return [
            [(int(self._positions[row]), float(score)) for row, score in zip(best, scores, strict=True)]
            for best, scores in found
        ]

    def similarity(self, query: Vectors, documents: Sequence[int]) -> dict[int, float]:
        """Return the cosine of the given documents; those without a vector are left out."""
        if not len(self._rows) or len(query) != self.dimension or not documents:
            return {}
        wanted = np.asarray(documents, dtype=np.int64)
        rows = np.minimum(np.searchsorted(self._positions, wanted), len(self._positions) - 1)
        there = self._positions[rows] == wanted
        scores = self._rows[rows[there]] @ query
        return {int(document): float(score) for document, score in zip(wanted[there], scores, strict=True)}

    def _by_numpy(
        self, queries: Vectors, count: int, rows: NDArray[np.int64] | None
    ) -> list[tuple[Any, Any]]:
        table = (self._rows if rows is None else self._rows[rows]) @ queries.T
        count = min(count, len(table))
        found = []
        for scores in table.T:
            best = np.argpartition(-scores, count - 1)[:count] if count else np.zeros(0, dtype=np.int64)
            best = best[np.lexsort((best, -scores[best]))]
            found.append((best if rows is None else rows[best], scores[best]))
        return found

    def _by_faiss(
        self, queries: Vectors, count: int, rows: NDArray[np.int64] | None
    ) -> list[tuple[Any, Any]]:
        """Take more than asked for, and put the best in their exact order."""
        given = np.ascontiguousarray(queries, dtype=np.float32)
        wider = min(_WIDER * count, len(self._rows))
        _, table = self._faiss.search(given, wider, params=self._parameters(rows))
        found = []
        for query, line in zip(given, table, strict=True):
            candidates = line[line >= 0]
            scores = self._rows[candidates] @ query
            order = np.lexsort((candidates, -scores))[:count]
            found.append((candidates[order], scores[order]))
        return found

    def _parameters(self, rows: NDArray[np.int64] | None) -> Any:
        """Return the options of a search among some rows; few rows are looked at in every cluster."""
        import faiss

        library: Any = faiss
        chosen = {} if rows is None else {"sel": library.IDSelectorBatch(rows)}
        if not hasattr(self._faiss, "nprobe"):
            return library.SearchParameters(**chosen)
        probes = self._faiss.nlist if rows is not None else self._faiss.nprobe
        return library.SearchParametersIVF(nprobe=probes, **chosen)


def _scanned(rows: Vectors) -> Any:
    import faiss

    faiss.omp_set_num_threads(1)  # threads that wait for each other cost more than they give on shared cores
    index = faiss.IndexScalarQuantizer(
        rows.shape[1], faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.train(rows)
    index.add(rows)
    return index


def _clustered(rows: Vectors) -> Any:
    import faiss

    faiss.omp_set_num_threads(1)
    clusters = max(1, int(math.sqrt(len(rows))))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(rows.shape[1]),
        rows.shape[1],
        clusters,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.cp.niter = _ROUNDS
    index.nprobe = min(clusters, max(_LEAST_PROBES, clusters // _PROBED))
    draw = np.random.default_rng(1)
    few = min(len(rows), _TRAINED_ROWS * clusters)
    index.train(rows[np.sort(draw.choice(len(rows), few, replace=False))])
    index.add(rows)
    return index
