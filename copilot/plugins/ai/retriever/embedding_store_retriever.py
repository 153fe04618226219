"""Texts out of an embedding store."""

from __future__ import annotations

from pydantic import Field

from copilot.plugins.ai._embedding_store import EmbeddingStore
from copilot.plugins.ai._output import Source
from copilot.plugins.ai._provider import ModelProvider
from copilot.plugins.ai._retriever import ContentRetriever, Embedded
from engine.plugin import RunContext


class EmbeddingStoreRetriever(ContentRetriever):
    """Find the texts of an embedding store that are nearest to the question."""

    embeddings: EmbeddingStore
    """The store."""

    embedding_provider: ModelProvider
    """The model the texts were embedded with."""

    max_results: int = Field(default=3, gt=0)
    """At most this many texts."""

    min_score: float = Field(default=0.0, ge=0, le=1)
    """Only texts with at least this score: 1 is the same direction, 0.5 has nothing in common."""

    def retrieve(self, ctx: RunContext, query: str) -> list[Source]:
        """Return the nearest texts."""
        found = Embedded(self.embeddings, self.embedding_provider, self.max_results, self.min_score)
        return found.retrieve(ctx, query)
