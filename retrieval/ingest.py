"""Sources become a searchable collection: text first, vectors after, only what changed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np

from engine.model.json import Json
from engine.storage.ports import KeyValueStore
from retrieval.chunk import split
from retrieval.embed.port import Embedder, Vectors
from retrieval.errors import EmbedderError, SourceRefused
from retrieval.sources.parse import parse_source
from retrieval.sources.port import READ_VERSION, Found, Known, Refused, Source
from retrieval.store import CollectionStore, Stored, sources_of, version_of

logger = logging.getLogger(__name__)

_BATCH = 64
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is. `total` is 0 and `seconds_left` None while they are not known."""

    stage: Literal["read", "text", "vectors"]
    done: int
    total: int = 0
    source: str = ""
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """What was left out, and why."""

    source: str
    reason: str


@dataclass(slots=True)
class IngestReport:
    """What an ingest did. `version` names the set of texts the collection now holds."""

    collection: str
    version: str = ""
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    documents: int = 0
    chunks: int = 0
    embedded: int = 0
    reused: int = 0
    skipped: list[Skip] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    seconds: float = 0.0
    complete: bool = False
    """Whether every chunk has a vector of the embedder."""


def ingest(
    sources: Iterable[Source | str | Path],
    kv: KeyValueStore,
    embedder: Embedder | None,
    *,
    collection: str = "docs",
    progress: Callable[[Progress], None] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    clock: Callable[[], float] = time.monotonic,
    allow_private: bool = False,
) -> IngestReport:
    """Bring a collection up to date with its sources.

    The texts are switched in one transaction when all sources are read: searchable by words from then on.
    Vectors follow in batches, each usable at once; an interrupted ingest is completed by the next. Documents
    that the same sources held before and hold no longer are removed; those of other sources stay. Without an
    embedder only words are searched. What cannot be read is in `skipped`, the rest is ingested.
    """
    found = [
        parse_source(one, allow_private=allow_private) if isinstance(one, str | Path) else one
        for one in sources
    ]
    return _Ingest(CollectionStore(kv, collection), embedder, progress or _quiet, now, clock).run(found)


def remove_origins(
    origins: Iterable[str],
    kv: KeyValueStore,
    *,
    collection: str = "docs",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> int:
    """Remove every document that came from the given origins; tells how many."""
    store = CollectionStore(kv, collection)
    documents, _ = store.documents()
    gone = list(sources_of(documents, set(origins)))
    left = [stored for stored in documents.values() if stored.source not in gone]
    if gone:
        store.replace_documents([], gone, _state_of(left, "", now()), now())
        store.drop_vectors(lambda: store.texts().keys())
    return len(gone)


class _Ingest:
    """One run."""

    def __init__(
        self,
        store: CollectionStore,
        embedder: Embedder | None,
        progress: Callable[[Progress], None],
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._progress = progress
        self._now = now
        self._clock = clock
        self._report = IngestReport(store.name)

    def run(self, sources: Sequence[Source]) -> IngestReport:
        started = self._clock()
        before, damaged = self._store.documents()
        self._report.skipped += [Skip(key, "the stored document is damaged") for key in damaged]
        fresh, kept = self._read(sources, before)
        origins = {source.origin for source in sources}
        self._drop_twins(
            fresh, [one for one in before.values() if one.source in kept or one.origin not in origins]
        )
        gone = [
            source for source in sources_of(before, origins) if source not in kept and source not in fresh
        ]
        after = {**{source: stored for source, stored in before.items() if source not in gone}, **fresh}
        self._switch(fresh, [*gone, *damaged], after)
        self._vectors()
        self._count(before, fresh, gone, after)
        self._report.seconds = self._clock() - started
        logger.info(
            "documents ingested", extra={"collection": self._store.name, "chunks": self._report.chunks}
        )
        return self._report

    def _read(
        self, sources: Sequence[Source], before: Mapping[str, Stored]
    ) -> tuple[dict[str, Stored], set[str]]:
        """Return new and changed documents, and the names of those that stay as they are."""
        fresh: dict[str, Stored] = {}
        kept: set[str] = set()
        for source in sources:
            known = {
                name: Known(stored.hash, stored.validators, stored.links)
                for name, stored in before.items()
                if stored.origin == source.origin and stored.hash.startswith(f"{READ_VERSION}-")
            }
            try:
                for item in source.read(known):
                    if isinstance(item, Found):
                        fresh[item.document.source] = _stored(item, source.origin)
                    elif isinstance(item, Refused):
                        self._report.skipped.append(Skip(item.source, item.reason))
                        if item.keep:
                            kept.add(item.source)
                    else:
                        kept.add(item.source)
                    name = item.document.source if isinstance(item, Found) else item.source
                    self._progress(Progress("read", len(fresh) + len(kept), 0, name))
            except SourceRefused as error:
                self._report.skipped.append(Skip(error.source, error.reason))
                kept |= set(sources_of(before, {source.origin}))
        return fresh, kept

    def _drop_twins(self, fresh: dict[str, Stored], standing: Iterable[Stored]) -> None:
        """Leave out new documents whose very text is there already under another name."""
        hashes = {stored.hash: stored.source for stored in standing}
        for name, stored in list(fresh.items()):
            twin = hashes.setdefault(stored.hash, name)
            if twin != name:
                del fresh[name]
                self._report.skipped.append(Skip(name, f"the same text as {twin}"))

    def _switch(self, fresh: Mapping[str, Stored], gone: Sequence[str], after: Mapping[str, Stored]) -> None:
        name = self._embedder.name if self._embedder else ""
        if fresh or gone or not self._store.stamps()[0]:
            now = self._now()
            self._store.replace_documents(fresh.values(), gone, _state_of(after.values(), name, now), now)
        self._progress(Progress("text", len(after), len(after)))

    def _vectors(self) -> None:
        """Make the missing vectors, again while another process adds texts, then drop those of no text."""
        if self._embedder is None:
            self._report.notices.append("Without an embedder: this collection is searched by words only.")
            self._store.drop_vectors(lambda: self._store.texts().keys())
            return
        for round_ in range(_ROUNDS):
            texts = self._store.texts()
            rows, damaged = self._store.vectors(self._embedder.name)
            if round_ == 0:
                self._report.reused = sum(name in rows for name in texts)
                self._report.skipped += [
                    Skip(f"vector {name}", "damaged; it is made again") for name in damaged if name in texts
                ]
            missing = {name: text for name, text in texts.items() if name not in rows}
            dimension = len(next(iter(rows.values()))) if rows else None
            if not missing or not self._embed(missing, len(texts), dimension):
                self._report.complete = not missing
                break
        # only a whole set of vectors may take the place of a former embedder's, which serve until then
        whole = self._embedder.name if self._report.complete else ""
        self._store.drop_vectors(lambda: self._store.texts().keys(), only=whole)

    def _embed(self, missing: Mapping[str, str], total: int, dimension: int | None) -> bool:
        """Make and store vectors; false when that is of no use to try again."""
        assert self._embedder is not None
        started, done, letters = self._clock(), 0, 0
        every = sum(map(len, missing.values()))
        # texts of one length go together, for a batch costs as much as its longest
        for names in _batches(sorted(missing, key=lambda name: len(missing[name]))):
            try:
                rows = self._embedder.embed([missing[name] for name in names], "passage")
                dimension = _check_rows(rows, len(names), dimension)
            except EmbedderError as error:
                self._report.notices.append(
                    f"{len(missing) - done} of {total} chunks have no vector: {error}"
                )
                return False
            made = dict(zip(names, rows, strict=True))
            self._store.put_vectors(self._embedder.name, made, self._now())
            done += len(names)
            self._report.embedded += len(names)
            letters += sum(len(missing[name]) for name in names)
            left = (self._clock() - started) * (every - letters) / max(1, letters)
            self._progress(Progress("vectors", total - len(missing) + done, total, seconds_left=left))
        return True

    def _count(
        self,
        before: Mapping[str, Stored],
        fresh: Mapping[str, Stored],
        gone: Sequence[str],
        after: Mapping[str, Stored],
    ) -> None:
        report = self._report
        report.changed = sum(source in before for source in fresh)
        report.added = len(fresh) - report.changed
        report.removed = len(gone)
        report.documents = len(after)
        report.unchanged = len(after) - len(fresh)
        report.chunks = sum(len(stored.chunks) for stored in after.values())
        report.version = version_of(after.values())


def _stored(item: Found, origin: str) -> Stored:
    document = item.document
    chunks = tuple(split(document))
    return Stored(document.source, origin, item.hash, document.title, chunks, item.validators, document.links)


def _check_rows(rows: Vectors, count: int, dimension: int | None) -> int:
    """Return the dimension; raises EmbedderError when rows do not fit what was asked or what is stored."""
    if rows.ndim != 2 or len(rows) != count or not np.isfinite(rows).all():
        raise EmbedderError(f"the embedder returned an array of shape {rows.shape} for {count} texts")
    if dimension is not None and rows.shape[1] != dimension:
        raise EmbedderError(
            f"the embedder returned {rows.shape[1]} dimensions, stored vectors have {dimension}"
        )
    return int(rows.shape[1])


def _state_of(documents: Iterable[Stored], embedder: str, now: datetime) -> dict[str, Json]:
    found = list(documents)
    chunks = sum(len(stored.chunks) for stored in found)
    counts: dict[str, Json] = {"documents": len(found), "chunks": chunks}
    return {**counts, "version": version_of(found), "embedder": embedder, "updated": now.isoformat()}


def _batches(names: list[str]) -> Iterator[list[str]]:
    return (names[at : at + _BATCH] for at in range(0, len(names), _BATCH))


def _quiet(_: Progress) -> None:
    """Tell nobody."""
