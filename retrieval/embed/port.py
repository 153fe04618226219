"""What an embedder is, and the one rule its rows keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
"""float32 [n, d], rows of unit length."""

TextKind = Literal["query", "passage"]


class Embedder(Protocol):
    """Turns texts into vectors whose inner product tells how near their meanings are."""

    @property
    def name(self) -> str:
        """Name and version of the model: vectors of different names are never compared."""

    def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        """Return float32 [n, d], rows of unit length (a text without any content may be all zero).

        Raises EmbedderError when vectors cannot be made.
        """


def weight_of(embedder: Embedder) -> float:
    """Return how much an embedder's ranking counts, 1 unless it has a `weight` of its own."""
    return float(getattr(embedder, "weight", 1.0))


def unit(rows: NDArray[np.floating]) -> Vectors:
    """Return the rows as float32 of unit length; rows of zeros stay so."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.ascontiguousarray(rows / np.where(lengths == 0, 1, lengths), dtype=np.float32)
