"""Vectors from any service that speaks OpenAI's `/v1/embeddings`."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from retrieval.embed.port import TextKind, Vectors, unit
from retrieval.errors import EmbedderAbsent, EmbedderError

_BATCH = 64
_MAX_CHARACTERS = 8_000


class OpenAiEmbedder:
    """Asks a model behind an HTTP endpoint; texts leave this machine unless the endpoint is on it."""

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout_seconds: float = 60.0,
        retries: int = 2,
    ) -> None:
        """Without `base_url` and `api_key` the variables OPENAI_BASE_URL and OPENAI_API_KEY are used."""
        try:
            import openai
        except ImportError as error:
            raise EmbedderAbsent(
                "the package `openai` is not installed; run `uv pip install openai`"
            ) from error
        try:
            self._client: Any = openai.OpenAI(
                base_url=base_url, api_key=api_key, timeout=timeout_seconds, max_retries=retries
            )
        except openai.OpenAIError as error:
            raise EmbedderError(f"openai:{model} cannot be used: {error}") from error
        self._failure = openai.OpenAIError
        self._model = model
        self._address = sha256(str(self._client.base_url).encode()).hexdigest()[:8]

    @property
    def name(self) -> str:
        """The model and a digest of its address: equal names elsewhere may be other models."""
        return f"openai-{self._address}-{self._model}"

    def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        """Return float32 [n, d] of whatever dimension the model has."""
        found = [self._ask(list(texts[at : at + _BATCH])) for at in range(0, len(texts), _BATCH)]
        if not found:
            return np.zeros((0, 0), dtype=np.float32)
        if len({rows.shape[1] for rows in found}) > 1:
            raise EmbedderError(f"openai:{self._model} answered with vectors of different dimensions")
        return unit(np.concatenate(found))

    def _ask(self, texts: list[str]) -> Vectors:
        given = [text[:_MAX_CHARACTERS] or " " for text in texts]
        try:
            answer = self._client.embeddings.create(model=self._model, input=given, encoding_format="float")
            rows = sorted(answer.data, key=lambda item: item.index)
            matrix = np.array([item.embedding for item in rows], dtype=np.float32)
        except (self._failure, ValueError, TypeError, AttributeError) as error:
            raise EmbedderError(f"openai:{self._model} gave no vectors: {error}") from error
        if matrix.ndim != 2 or len(matrix) != len(texts) or not np.isfinite(matrix).all():
            raise EmbedderError(f"openai:{self._model} answered {len(rows)} vectors for {len(texts)} texts")
        return matrix
