"""The known word nearest to a misspelt one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_CANDIDATES = 24


class Speller:
    """Finds words by shared letter pairs, then by edit distance: fast for 50,000 words."""

    def __init__(self, words: Iterable[str]) -> None:
        """Take the known words; short ones and those with digits or dots are never a correction."""
        self._words = [word for word in words if len(word) > 3 and word.isalpha()]
        places: defaultdict[str, list[int]] = defaultdict(list)
        for number, word in enumerate(self._words):
            for pair in _pairs(word):
                places[pair].append(number)
        self._places: dict[str, NDArray[np.int32]] = {
            pair: np.array(found, dtype=np.int32) for pair, found in places.items()
        }
        self._pair_counts = np.array([len(_pairs(word)) for word in self._words], dtype=np.float32)

    def correct(self, word: str) -> str | None:
        """Return the nearest known word, one edit away (two from 8 letters on), or None."""
        if len(word) < 4 or not word.isalpha():
            return None
        pairs = _pairs(word)
        found = [self._places[pair] for pair in pairs if pair in self._places]
        if not found:
            return None
        shared = np.bincount(np.concatenate(found), minlength=len(self._words))
        likeness = shared / (self._pair_counts + len(pairs))
        allowed = 1 if len(word) < 8 else 2
        best: tuple[int, float, str] | None = None
        for number in np.argsort(-likeness, kind="stable")[:_CANDIDATES]:
            distance = edit_distance(word, self._words[number], allowed)
            rank = (distance, -float(likeness[number]), self._words[number])
            if distance <= allowed and (best is None or rank < best):
                best = rank
        return best[2] if best else None


def _pairs(word: str) -> set[str]:
    padded = f"^{word}$"
    return {padded[at : at + 2] for at in range(len(padded) - 1)}


def edit_distance(one: str, other: str, limit: int) -> int:
    """Count insertions, deletions, replacements and swaps of neighbours; `limit + 1` stands for more."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, previous, row = row, before, [i] + [0] * len(other)
        for j, wanted in enumerate(other, start=1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                row[j] = min(row[j], previous[j - 2] + 1)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)
