"""One index over words, meanings and exact names, and how their rankings become one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.dense import DenseIndex
from retrieval.embed.port import Vectors
from retrieval.lexical import LexicalIndex, top
from retrieval.query import Query, QueryKind, read_query
from retrieval.term import terms

_RRF_K = 20
_CANDIDATES = 120
_WEIGHTS: dict[QueryKind, tuple[float, float]] = {
    "identifier": (0.4, 1.0),
    "keywords": (0.8, 1.0),
    "question": (1.0, 0.9),
}
"""(meaning, words). Words count more the more a question names things exactly: on code identifiers an equal
weight makes both worse than the better one."""

_TYPE_BOOST = 3.0
_CLASS_BOOST = 0.5
_PROPERTY_BOOST = 0.6

_RERANKED = 40
_COVERAGE_BOOST = 0.3
"""Ranks do not say how much better the first is than the second; having all words of the question does."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is searched: words, the type id they belong to, its other ids, the properties they document."""

    head: str
    body: str
    type: str = ""
    names: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found.

    `similarity` is the cosine (0 without vectors), `coverage` the share of the question's words it has, rare
    words counting more; both lie in 0..1.
    """

    position: int
    score: float
    similarity: float
    coverage: float


class HybridIndex:
    """Reciprocal rank fusion (Cormack et al., 2009), weighted by kind of question, exact names on top."""

    def __init__(self, entries: Sequence[Entry], dense: DenseIndex | None = None) -> None:
        self._lexical = LexicalIndex([_terms_of(entry) for entry in entries])
        self._dense = dense
        self._count = len(entries)
        self._types = _type_names(entries)
        self._classes = _positions((entry.type.rsplit(".", 1)[-1], at) for at, entry in enumerate(entries))
        self._properties = _positions(
            (name.lower(), at) for at, entry in enumerate(entries) for name in entry.properties
        )

    def with_dense(self, dense: DenseIndex | None) -> HybridIndex:
        """Return the same index with other vectors; the words are not indexed again."""
        other = object.__new__(HybridIndex)
        other.__dict__.update(self.__dict__, _dense=dense)
        return other

    def read(self, text: str) -> Query:
        """Read a question against the words of this index."""
        return read_query(text, self._lexical)

    def rank(
        self, query: Query, vector: Vectors | None, count: int, allowed: NDArray[np.bool_] | None = None
    ) -> list[Hit]:
        """Return the best entries, best first. `vector` float32 [d] of the question; `allowed` bool [n]."""
        meaning, words = _WEIGHTS[query.kind]
        fused: defaultdict[int, float] = defaultdict(float)
        for rank, position in enumerate(top(self._lexical.scores(query.weights), _CANDIDATES, allowed)):
            fused[position] += words / (_RRF_K + rank)
        nearest = (
            self._dense.nearest(vector, _CANDIDATES, allowed)
            if vector is not None and self._dense is not None
            else []
        )
        if self._dense is not None:
            meaning *= self._dense.weight
        for rank, (position, _) in enumerate(nearest):
            fused[position] += meaning / (_RRF_K + rank)
        self._boost(query, fused, allowed)
        best = sorted(fused, key=lambda position: (-fused[position], position))[: max(count, _RERANKED)]
        covered = {position: self._coverage(query, position) for position in best}
        for position in best:
            fused[position] += _COVERAGE_BOOST / _RRF_K * covered[position]
        best = sorted(best, key=lambda position: (-fused[position], position))[:count]
        near = self._dense.similarity(vector, best) if vector is not None and self._dense is not None else {}
        return [
            Hit(position, fused[position], max(0.0, near.get(position, 0.0)), covered[position])
            for position in best
        ]

    def _boost(self, query: Query, fused: defaultdict[int, float], allowed: NDArray[np.bool_] | None) -> None:
        """Lift what is named exactly: a type id (or its end), a class, a property."""
        unit = 1 / _RRF_K
        for name in query.names:
            for position in self._types.get(name, ()):
                if allowed is None or allowed[position]:
                    fused[position] += _TYPE_BOOST * unit
            for position in self._properties.get(name, ()):
                if position in fused:
                    fused[position] += _PROPERTY_BOOST * unit
        for name in query.classes:
            for position in self._classes.get(name, ()):
                if position in fused:
                    fused[position] += _CLASS_BOOST * unit

    def _coverage(self, query: Query, position: int) -> float:
        """Return the share of words, the mean of counting each the same and of counting rare ones more."""
        if not query.words:
            return 0.0
        there = [self._presence(query, word, position) for word in query.words]
        rarity = [self._lexical.rarity(word[0]) for word in query.words]
        weighted = sum(weight * share for weight, share in zip(rarity, there, strict=True)) / sum(rarity)
        return (weighted + sum(there) / len(there)) / 2

    def _presence(self, query: Query, word: tuple[str, ...], position: int) -> float:
        """Return how much of a word an entry has: all of it, one that means the same, or some parts."""
        if self._lexical.has(position, word[0]):
            return 1.0
        if any(self._lexical.has(position, other) for other in query.synonyms.get(word[0], ())):
            return 0.7
        parts = word[1:]
        return 0.6 * sum(self._lexical.has(position, part) for part in parts) / len(parts) if parts else 0.0


def _terms_of(entry: Entry) -> list[str]:
    """Return the terms of an entry, those of its head counted twice."""
    head = terms(entry.head)
    return [*head, *head, *terms(" ".join(entry.properties)), *terms(entry.body)]


def _type_names(entries: Iterable[Entry]) -> dict[str, list[int]]:
    """Map every end of an id that has two parts or more to the entries of that type."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for at, entry in enumerate(entries):
        for name in (entry.type, *entry.names):
            parts = name.lower().split(".")
            for start in range(len(parts) - 1):
                found[".".join(parts[start:])].append(at)
    return dict(found)


def _positions(pairs: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for name, at in pairs:
        if name:
            found[name].append(at)
    return dict(found)
