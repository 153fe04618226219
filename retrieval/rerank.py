"""A second, slower look at the first passages: question and passage read together by one model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

from retrieval.chunk import Chunk
from retrieval.errors import EmbedderAbsent, EmbedderError
from retrieval.hybrid import Hit

CANDIDATES = 30
"""How many passages are looked at again."""

_BATCH = 16
_RANK_CONSTANT = 10


class Reranker(Protocol):
    """Orders hits anew."""

    def order(self, question: str, hits: Sequence[Hit], chunks: Sequence[Chunk]) -> list[Hit]:
        """Return the hits, best first; `chunks` [n] are those of the hits [n]."""


class CrossEncoderReranker:
    """Any cross-encoder of sentence-transformers; needs torch (the extra `torch`)."""

    def __init__(self, model: str) -> None:
        """Load a model by its name or folder. Raises EmbedderAbsent without the package."""
        if find_spec("sentence_transformers") is None:
            raise EmbedderAbsent(
                "sentence-transformers is not installed; run `uv pip install flowsmith[torch]`"
            )
        from sentence_transformers import CrossEncoder

        try:
            self._model: Any = CrossEncoder(model)
        except (OSError, ValueError, RuntimeError) as error:
            raise EmbedderError(f"cross-encoder:{model} cannot be loaded: {error}") from error

    def order(self, question: str, hits: Sequence[Hit], chunks: Sequence[Chunk]) -> list[Hit]:
        """Fuse the model's order with the first one, so that exact names do not lose their place."""
        if not hits:
            return []
        pairs = [(question, chunk.embedded) for chunk in chunks]
        scores = self._model.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
        return fuse(hits, np.asarray(scores, dtype=np.float64).reshape(len(hits), -1)[:, 0].tolist())


def fuse(hits: Sequence[Hit], scores: Sequence[float]) -> list[Hit]:
    """Return the hits by the sum of both reciprocal ranks; equal ones keep their first order."""
    places = {at: place for place, at in enumerate(sorted(range(len(hits)), key=lambda at: -scores[at]))}
    fused = [
        replace(hit, score=1 / (_RANK_CONSTANT + at) + 1 / (_RANK_CONSTANT + places[at]))
        for at, hit in enumerate(hits)
    ]
    return sorted(fused, key=lambda hit: -hit.score)
