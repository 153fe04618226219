"""The built-in embedding model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from copilot.plugins.ai._message import Usage, Vectors
from copilot.plugins.ai._provider import ModelProvider
from engine.errors import TaskFailure
from engine.plugin import RunContext, Text
from retrieval.embed.minilm import MiniLmEmbedder
from retrieval.embed.port import Embedder
from retrieval.errors import EmbedderError
from retrieval.term import estimate_tokens


class MiniLM(ModelProvider):
    """The built-in embedding model all-MiniLM-L6-v2: English, 384 dimensions, on this machine, without a key.

    An addition: Kestra has no such provider. Embeds only; it reads the first 256 word pieces of a text, so
    split documents into segments of about 1,000 characters.
    """

    model_name: Text = "all-MiniLM-L6-v2"
    """Name of the model; there is only this one."""

    def embed(self, ctx: RunContext, texts: Sequence[str], kind: Literal["query", "passage"]) -> Vectors:
        """Return a vector of unit length for each text; the tokens are an estimate."""
        if self.model_name != "all-MiniLM-L6-v2":
            raise TaskFailure(f"provider: MiniLM has no model '{self.model_name}'; leave `modelName` out")
        try:
            rows = _embedder(ctx.world.home / "models").embed(texts, kind)
        except EmbedderError as error:
            raise TaskFailure(f"provider: {error}") from error
        tokens = sum(estimate_tokens(text) for text in texts)
        return Vectors(rows.tolist(), Usage(tokens, 0, tokens))


@cache
def _embedder(folder: Path) -> Embedder:
    """Return the model, loaded once for all tasks of the process."""
    return MiniLmEmbedder(folder)
