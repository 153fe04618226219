"""One index over words, meanings and exact names, and how their rankings become one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.aspect import Systems, by_page, cover
from retrieval.dense import DenseIndex, Nearest
from retrieval.embed.port import Vectors
from retrieval.entry import Entry
from retrieval.lexical import LexicalIndex, top
from retrieval.page import Pages
from retrieval.query import Query, read_query
from retrieval.signpost import Signposts
from retrieval.term import terms
from retrieval.weights import CARDS, Weights

_CANDIDATES = 120
_DOCUMENTS = 60
_SIGNED = 20
_COVERED = 5
_STEP = 1e-6
_ALIKE = 3


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


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, or a part of one, with its vector float32 [d] if there is one.

    `own` is the vector of its own words where `vector` is also made of ours for them: it tells how similar
    what was found is.
    """

    query: Query
    vector: Vectors | None = None
    own: Vectors | None = None


class HybridIndex:
    """Reciprocal rank fusion (Cormack et al., 2009), weighted by kind of question, then what ranks miss.

    That is exact names, having all the words, the document as a whole.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        dense: DenseIndex | None = None,
        *,
        weights: Weights = CARDS,
        lexical: LexicalIndex | None = None,
    ) -> None:
        """Index the entries; `lexical` is the index of their words when it has been made before."""
        self._weights = weights
        self._lexical = lexical or LexicalIndex([terms_of(entry) for entry in entries])
        self._count = len(entries)
        self._types = _type_names(entries)
        self._names = [entry.type.rsplit(".", 1)[-1] for entry in entries]
        self._classes = _positions((name, at) for at, name in enumerate(self._names))
        self._joined = _positions((name.lower(), at) for name, found in self._classes.items() for at in found)
        self._properties = _positions(
            (name.lower(), at) for at, entry in enumerate(entries) for name in entry.properties
        )
        self._preferred = np.array([entry.preferred for entry in entries], dtype=bool)
        self._pages = Pages(entries, self._lexical)
        self._systems = Systems(entries, self._lexical)
        self._dense = dense
        self._signs: Signposts | None = None
        self._whole = self._pages.whole(dense) if dense is not None and weights.document else None

    def with_dense(self, dense: DenseIndex | None, signs: Signposts | None = None) -> HybridIndex:
        """Return the same index with other vectors; the words are not indexed again."""
        other = object.__new__(HybridIndex)
        whole = self._pages.whole(dense) if dense is not None and self._weights.document else None
        other.__dict__.update(self.__dict__, _dense=dense, _whole=whole, _signs=signs)
        return other

    def read(self, text: str) -> Query:
        """Read a question against the words of this index."""
        return read_query(text, self._lexical, jargon=self._weights.jargon)

    @property
    def lexical(self) -> LexicalIndex:
        """The index by words."""
        return self._lexical

    def rank(
        self,
        asked: Asked,
        count: int,
        allowed: NDArray[np.bool_] | None = None,
        *,
        parts: Sequence[Asked] = (),
    ) -> list[Hit]:
        """Return the best entries, best first.

        `allowed` bool [n] narrows down; `parts` are what the question asks for one by one.
        """
        near, *near_parts = self._nearest([asked, *parts], allowed)
        fused = self._fuse(asked.query, near, allowed)
        self._follow(asked, fused, allowed)
        asked_for: list[Mapping[int, float]] = []
        for part, near_part in zip(parts, near_parts, strict=True):
            found = self._fuse(part.query, near_part, allowed)
            self._follow(part, found, allowed)
            self._lift(part, found)
            for position, score in found.items():
                fused[position] += self._weights.part * score
            asked_for.append(found)
        self._boost(asked.query, fused, allowed)
        self._lift(asked, fused)
        self._spread(fused)
        self._cover(asked.query, asked_for, fused)
        best = sorted(fused, key=lambda position: (-fused[position], position))[:count]
        covered = self._coverage(asked.query, np.array(best, dtype=np.int64))
        cosines: dict[int, float] = {}
        own = asked.vector if asked.own is None else asked.own
        if own is not None and self._dense is not None:
            cosines = self._dense.similarity(own, best)
        return [
            Hit(position, fused[position], max(0.0, cosines.get(position, 0.0)), float(share))
            for position, share in zip(best, covered, strict=True)
        ]

    def _nearest(self, asked: Sequence[Asked], allowed: NDArray[np.bool_] | None) -> list[Nearest]:
        """Return what is near in meaning to each; nothing without vectors."""
        vectors = [one.vector for one in asked if one.vector is not None]
        if self._dense is None or len(vectors) < len(asked):
            return [[] for _ in asked]
        return self._dense.nearest_each(np.stack(vectors), _CANDIDATES, allowed)

    def _fuse(
        self, query: Query, near: Nearest, allowed: NDArray[np.bool_] | None
    ) -> defaultdict[int, float]:
        """Make one ranking of those by words and by meaning."""
        meaning, words = self._weights.kinds[query.kind]
        constant = self._weights.rank_constant
        fused: defaultdict[int, float] = defaultdict(float)
        for rank, position in enumerate(top(self._lexical.scores(query.weights), _CANDIDATES, allowed)):
            fused[position] += words / (constant + rank)
        if self._dense is not None:
            meaning *= self._dense.weight
        for rank, (position, _) in enumerate(near):
            fused[position] += meaning / (constant + rank)
        return fused

    def _follow(
        self, asked: Asked, fused: defaultdict[int, float], allowed: NDArray[np.bool_] | None
    ) -> None:
        """Add the entries that signposts near in meaning lead to."""
        if self._signs is None or asked.vector is None or not self._weights.sign:
            return
        strength = self._weights.sign * self._signs.weight
        for rank, (position, _) in enumerate(self._signs.nearest(asked.vector, _SIGNED, allowed)):
            fused[position] += strength / (self._weights.rank_constant + rank)

    def _lift(self, asked: Asked, fused: defaultdict[int, float]) -> None:
        """Add what the ranks of entries do not say."""
        query, vector = asked.query, asked.vector
        weights = self._weights
        unit = 1 / weights.rank_constant
        candidates = np.array(sorted(fused), dtype=np.int64)
        added = weights.coverage * unit * self._coverage(query, candidates)
        if weights.name:
            added += weights.name * unit * self._pages.named(query, candidates)
        if weights.prior:
            added += weights.prior * unit * self._preferred[candidates]
        if vector is not None and self._whole is not None:
            strength = weights.document * self._whole.weight
            added += strength * self._pages.places(self._whole.nearest(vector, _DOCUMENTS), candidates, unit)
        for position, score in zip(candidates, added, strict=True):
            fused[int(position)] += float(score)

    def _boost(self, query: Query, fused: defaultdict[int, float], allowed: NDArray[np.bool_] | None) -> None:
        """Lift what is named exactly: a type id (or its end), a class, a property."""
        weights = self._weights
        unit = 1 / weights.rank_constant
        for name in query.names:
            for position in self._types.get(name, ()):
                if allowed is None or allowed[position]:
                    fused[position] += weights.type_boost * unit
            self._raise(self._properties.get(name, ()), weights.property_boost * unit, fused)
        for name in query.classes:
            self._raise(self._classes.get(name, ()), weights.class_boost * unit, fused)
        if weights.joined_boost:
            for name in query.joined:
                self._raise(self._joined.get(name, ()), weights.joined_boost * unit, fused)

    def _spread(self, fused: defaultdict[int, float]) -> None:
        """Lower pages of the same class name as better ones, all passages of a page alike."""
        step = self._weights.alike / self._weights.rank_constant
        if not step:
            return
        seen: defaultdict[str, list[int]] = defaultdict(list)
        for position in sorted(fused, key=lambda position: (-fused[position], position)):
            name, page = self._names[position], self._pages.of(position)
            if name and page not in seen[name]:
                seen[name].append(page)
            if name:
                fused[position] -= step * min(seen[name].index(page), _ALIKE)

    def _cover(self, query: Query, parts: list[Mapping[int, float]], fused: defaultdict[int, float]) -> None:
        """Put pages in front that together answer all a question asks for, when that is several things."""
        if not self._weights.aspect or query.kind == "identifier":
            return
        named = self._systems.named(query)
        aspects = [*parts, *({at: fused[at] for at in members if at in fused} for members in named)]
        aspects = [aspect for aspect in aspects if aspect]
        if len(aspects) < 2:
            return
        order = sorted(fused, key=lambda position: (-fused[position], position))
        pages: dict[int, int] = {}
        firsts: list[int] = []
        for position in order:
            page = self._pages.of(position)
            if page not in pages:
                pages[page] = len(pages)
                firsts.append(position)
        numbers = {position: pages[self._pages.of(position)] for position in order}
        relevance = np.stack([by_page(aspect, numbers, len(pages)) for aspect in aspects])
        peaks = relevance.max(axis=1, keepdims=True)
        relevance = np.clip(relevance / np.where(peaks > 0, peaks, 1.0), 0.0, 1.0)
        chosen = cover(by_page(fused, numbers, len(pages)), relevance, _COVERED, self._weights.aspect)
        top = fused[order[0]]
        for place, page in enumerate(chosen):
            fused[firsts[page]] = top + (len(chosen) - place) * _STEP

    def _raise(self, positions: Iterable[int], boost: float, fused: defaultdict[int, float]) -> None:
        for position in positions:
            if position in fused:
                fused[position] += boost

    def _coverage(self, query: Query, positions: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return [m] shares of words, the mean of counting each the same and of counting rare ones more."""
        if not query.words:
            return np.zeros(len(positions))
        there = np.stack([self._presence(query, word, positions) for word in query.words])
        rarity = np.array([self._lexical.rarity(word[0]) for word in query.words])
        share: NDArray[np.float64] = (rarity @ there / rarity.sum() + there.mean(axis=0)) / 2
        return share

    def _presence(
        self, query: Query, word: tuple[str, ...], positions: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return [m] how much of a word entries have: all of it, one that means the same, or some parts."""
        has = self._lexical.presence
        found = np.zeros(len(positions))
        if len(word) > 1:
            found = 0.6 * np.mean([has(part, positions) for part in word[1:]], axis=0)
        for other in query.synonyms.get(word[0], ()):
            found = np.where(has(other, positions), 0.7, found)
        return np.where(has(word[0], positions), 1.0, found)


def terms_of(entry: Entry) -> list[str]:
    """Return the terms of an entry, those of its head counted twice."""
    head = terms(entry.head)
    rest = [" ".join(entry.properties), entry.body, *entry.asked]
    return [*head, *head, *(term for text in rest for term in terms(text))]


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
