"""Questions that ask for several things at once: first results that leave none of them out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.entry import Entry
from retrieval.lexical import LexicalIndex
from retrieval.query import Query
from retrieval.synonym import SYNONYMS
from retrieval.term import stem

_OWNED = 0.5
_ROOT = 3
"""Parts of a type id that say nothing: `io.kestra.plugin`."""


class Systems:
    """What pages are about by name: the parts of their type ids that are no everyday words.

    A word is the name of a group of pages when at least half of the entries that have it belong to them:
    `mysql` and `kafka` are, `list` and `storage` are not.
    """

    def __init__(self, entries: Sequence[Entry], lexical: LexicalIndex) -> None:
        members: defaultdict[str, list[int]] = defaultdict(list)
        for at, entry in enumerate(entries):
            for name in set(map(str.lower, entry.type.split(".")[_ROOT:-1])):
                members[name].append(at)
        self._members: dict[str, frozenset[int]] = {}
        for name, positions in members.items():
            term = name if lexical.knows(name) else stem(name)
            spoken = lexical.documents(term)
            if len(spoken) and np.isin(spoken, positions).mean() >= _OWNED:
                self._members[term] = frozenset(positions)

    def named(self, query: Query) -> list[frozenset[int]]:
        """Return the entries of each group a question names, by its name or the one other word for it."""
        found: dict[str, frozenset[int]] = {}
        for word in query.words:
            names = [word[0]] if word[0] in self._members else []
            names = names or [other for other in SYNONYMS.get(word[0], ()) if other in self._members]
            if len(names) == 1:
                found[names[0]] = self._members[names[0]]
        groups = list(dict.fromkeys(found.values()))
        return [group for group in groups if not any(other < group for other in groups)]


def cover(
    scores: NDArray[np.float64], relevance: NDArray[np.float64], count: int, weight: float
) -> list[int]:
    """Return the first pages: the best one, then each for its score and for what those before leave open.

    `scores` [n] of pages, `relevance` [a, n] in 0..1 to each aspect; greedy, after xQuAD (Santos, Macdonald
    and Ounis, 2010).
    """
    open_ = np.ones(len(relevance))
    base = scores / scores.max() if len(scores) and scores.max() > 0 else scores
    chosen: list[int] = []
    for _ in range(min(count, len(scores))):
        value = base + weight * (open_ @ relevance) if chosen else base.copy()
        value[chosen] = -np.inf
        best = int(np.argmax(value))
        chosen.append(best)
        open_ *= 1 - relevance[:, best]
    return chosen


def by_page(scores: Mapping[int, float], pages: Mapping[int, int], count: int) -> NDArray[np.float64]:
    """Return [count] the best score of each page; `pages` are the numbers of the entries' pages."""
    found = np.zeros(count)
    for position, score in scores.items():
        if position in pages:
            found[pages[position]] = max(found[pages[position]], score)
    return found
