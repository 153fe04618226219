"""Content retrievers: texts that fit a question, to send along with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from copilot.plugins.ai._embedding_store import EmbeddingStore
from copilot.plugins.ai._message import Message
from copilot.plugins.ai._output import Source
from copilot.plugins.ai._provider import ModelProvider
from engine.plugin import Plugin, RunContext

_INSTRUCTION = "Use this information for your answer:"


class ContentRetriever(Plugin):
    """A source of texts for a question. Calls raise TaskFailure."""

    abstract: ClassVar[bool] = True

    def retrieve(self, ctx: RunContext, query: str) -> list[Source]:
        """Return the texts that fit, best first."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Embedded:
    """Finds texts in an embedding store."""

    embeddings: EmbeddingStore
    provider: ModelProvider
    max_results: int
    min_score: float

    def retrieve(self, ctx: RunContext, query: str) -> list[Source]:
        """Embed the question and return the nearest texts."""
        vector = self.provider.embed(ctx, [query], "query").rows[0]
        found = self.embeddings.search(ctx, vector, max_results=self.max_results, min_score=self.min_score)
        return [Source(content=one.text, metadata=dict(one.metadata)) for one in found]


def retrieved(ctx: RunContext, query: str, retrievers: Sequence[ContentRetriever | Embedded]) -> list[Source]:
    """Return what all retrievers find, each text once."""
    found = [source for one in retrievers for source in one.retrieve(ctx, query)]
    if retrievers:
        ctx.info(f"Found {len(found)} texts for the question")
    return list({source.content: source for source in found}.values())


def augmented(message: Message, sources: Sequence[Source]) -> Message:
    """Return the question with the texts appended; unchanged when there are none."""
    if not sources:
        return message
    texts = "\n\n".join(source.content for source in sources)
    return replace(message, text=f"{message.text}\n\n{_INSTRUCTION}\n{texts}")
