"""What a search returns."""

from __future__ import annotations

from dataclasses import dataclass

from retrieval.chunk import Chunk
from retrieval.document import Kind
from retrieval.hybrid import Hit


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that fits a question, with all that a citation needs.

    `score` orders the passages of one search; `similarity` and `coverage` (0..1) compare across searches and
    are what `Retriever.answerable` looks at.
    """

    chunk_id: str
    collection: str
    kind: Kind
    type: str
    title: str
    heading: str
    source: str
    start_line: int
    end_line: int
    text: str
    score: float
    similarity: float = 0.0
    coverage: float = 0.0
    group: str = ""

    @classmethod
    def of(cls, collection: str, chunk: Chunk, hit: Hit) -> Passage:
        """Make the passage of a hit."""
        return cls(
            chunk_id=chunk.id,
            collection=collection,
            kind=chunk.kind,
            type=chunk.type,
            title=chunk.title,
            heading=chunk.heading,
            source=chunk.source,
            start_line=chunk.start_line,
            end_line=chunk.end_line,
            text=chunk.text,
            score=hit.score,
            similarity=hit.similarity,
            coverage=hit.coverage,
            group=chunk.group,
        )
