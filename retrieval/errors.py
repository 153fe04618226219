"""Everything retrieval raises, as one tree.

FlowsmithError
└── RetrievalError
    ├── SourceRefused      a folder, file or address may not or cannot be read; ingest names it and goes on
    ├── EmbedderError      vectors cannot be made; search goes on with words only
    │   └── EmbedderAbsent the package or the weights of the chosen embedder are not installed
    ├── CollectionAbsent   no such collection, or nothing of that origin in it
    └── QuestionsInvalid   a line of an evaluation file does not fit
"""

from __future__ import annotations

from engine.errors import FlowsmithError


class RetrievalError(FlowsmithError):
    """Root of what retrieval raises."""


class SourceRefused(RetrievalError):
    """A place may not or cannot be read; `source` names it and `reason` says why."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class EmbedderError(RetrievalError):
    """Vectors cannot be made."""


class EmbedderAbsent(EmbedderError):
    """The package or the weights of the chosen embedder are not installed."""


class CollectionAbsent(RetrievalError):
    """There is no such collection, or nothing of that origin in it."""


class QuestionsInvalid(RetrievalError):
    """A line of an evaluation file does not fit."""
