"""What a source is and what it yields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol, TypeAlias

from retrieval.document import Document

READ_VERSION = 3
"""Raised when documents are read or cut differently: everything is then read again."""


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier ingest remembers of a document."""

    hash: str
    validators: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A document that is new or has changed."""

    document: Document
    hash: str
    validators: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Same:
    """A document that is as it was."""

    source: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that cannot be had. `keep`: the trouble may pass, so the earlier version stays."""

    source: str
    reason: str
    keep: bool = False


Item: TypeAlias = Found | Same | Refused


class Source(Protocol):
    """A place documents come from."""

    @property
    def origin(self) -> str:
        """Names the source: what an earlier ingest found under this name and is not found now is removed."""

    def read(self, known: Mapping[str, Known]) -> Iterator[Item]:
        """Yield every document once. Raises SourceRefused when the place itself cannot be read."""


def content_hash(content: bytes) -> str:
    """Return the hash of a document's bytes, different when they would be read differently."""
    return f"{READ_VERSION}-{sha256(content).hexdigest()[:32]}"
