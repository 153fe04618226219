"""Any sentence-transformers model; needs torch (the extra `torch`)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from retrieval.embed.port import TextKind, Vectors, unit
from retrieval.errors import EmbedderAbsent, EmbedderError

_BATCH = 8


class SentenceTransformersEmbedder:
    """Runs a model by its name or folder, on a GPU when there is one."""

    def __init__(self, model: str) -> None:
        """Load the model: seconds, so only when chosen. Raises EmbedderAbsent without the package."""
        if find_spec("sentence_transformers") is None:
            raise EmbedderAbsent(
                "sentence-transformers is not installed; run `uv pip install flowsmith[torch]`"
            )
        from sentence_transformers import SentenceTransformer

        try:
            self._encoder: Any = SentenceTransformer(model)
        except (OSError, ValueError, RuntimeError) as error:
            raise EmbedderError(f"sentence-transformers:{model} cannot be loaded: {error}") from error
        self._model = model

    @property
    def name(self) -> str:
        """The model's name."""
        return f"sentence-transformers-{self._model}"

    def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        """Return float32 [n, d]; models with own prompts for questions and passages get them."""
        prompts = getattr(self._encoder, "prompts", None) or {}
        prompt = kind if prompts.get(kind) else None
        rows = self._encoder.encode(
            list(texts), batch_size=_BATCH, prompt_name=prompt, show_progress_bar=False
        )
        return unit(np.asarray(rows, dtype=np.float32))
