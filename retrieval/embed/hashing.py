"""Vectors by feature hashing: no model, no download, the same on every machine."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from retrieval.embed.port import TextKind, Vectors, unit
from retrieval.term import terms

_GRAM = 3
_GRAM_WEIGHT = 0.25


class HashingEmbedder:
    """Puts words and their three-letter parts into signed buckets (Weinberger et al., 2009).

    Knows spelling, not meaning: for tests, and for machines without model weights.
    """

    weight = 0.25
    """Spelling is what the search by words knows better."""

    def __init__(self, dimension: int = 384) -> None:
        self._dimension = dimension

    @property
    def name(self) -> str:
        """Changes with anything that changes the vectors."""
        return f"hashing-2-{self._dimension}"

    def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        """Return float32 [n, d]; a text without any words is a row of zeros."""
        rows = np.zeros((len(texts), self._dimension), dtype=np.float64)
        for row, text in zip(rows, texts, strict=True):
            for term, count in Counter(terms(text)).items():
                weight = 1 + math.log(count)
                for feature, share in _features(term):
                    number = _number(feature)
                    row[number % self._dimension] += (share if number >> 62 & 1 else -share) * weight
        return unit(rows)


def _features(term: str) -> Iterator[tuple[str, float]]:
    yield term, 1.0
    if len(term) > _GRAM:
        for at in range(len(term) - _GRAM + 1):
            yield f"#{term[at : at + _GRAM]}", _GRAM_WEIGHT


@lru_cache(maxsize=1 << 16)
def _number(feature: str) -> int:
    return int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "big")
