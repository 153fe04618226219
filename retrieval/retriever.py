"""Questions find passages."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.storage.ports import KeyValueStore
from retrieval.chunk import Chunk
from retrieval.dense import DenseIndex
from retrieval.embed.port import Embedder, Vectors, weight_of
from retrieval.errors import EmbedderError
from retrieval.foreign import QUESTIONS, Background, background
from retrieval.hybrid import Entry, HybridIndex
from retrieval.passage import Passage
from retrieval.query import Query
from retrieval.store import CollectionStore, Stored, collections, collections_stamp, version_of

logger = logging.getLogger(__name__)

_LOOKED_AT = 3
_MEANINGFUL = 0.5


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """All collections as they were at one moment; never changed, only replaced."""

    texts: tuple[tuple[str, str], ...]
    vectors: tuple[tuple[str, str], ...]
    chunks: tuple[tuple[str, Chunk], ...]
    index: HybridIndex
    dense: DenseIndex | None
    background: Background | None
    version: str
    damaged: tuple[str, ...]


class Retriever:
    """Searches the collections in a key-value store; sees what any process ingests from the next search on.

    Safe to share between threads.
    """

    def __init__(
        self,
        kv: KeyValueStore,
        embedder: Embedder | None,
        *,
        only: Collection[str] | None = None,
        notice: str = "",
    ) -> None:
        """Search all collections, or `only` the named ones. `notice` says why there is no embedder."""
        self._kv = kv
        self._embedder = embedder
        self._only = None if only is None else frozenset(only)
        self._notice = notice
        self._failure = ""
        self._listed: tuple[str, list[str]] = ("", [])
        self._foreign: Vectors | None = None
        self._snapshot: _Snapshot | None = None

    @property
    def notice(self) -> str:
        """What a person should know about the quality of the search now; empty when all is well."""
        if self._embedder is None:
            return self._notice or "Search is lexical only: no embedder is set."
        if self._failure:
            return f"Search is lexical only for now: {self._failure}"
        snapshot = self._current()
        if snapshot.chunks and snapshot.dense is None:
            return "Search is lexical only until the vectors are made."
        return ""

    @property
    def version(self) -> str:
        """Names the very texts that are searched."""
        return self._current().version

    @property
    def damaged(self) -> tuple[str, ...]:
        """Stored documents and vectors that could not be read; the next ingest makes them again."""
        return self._current().damaged

    def __len__(self) -> int:
        """Number of chunks."""
        return len(self._current().chunks)

    def search(
        self,
        query: str,
        k: int = 8,
        kinds: Collection[str] | None = None,
        *,
        collections: Collection[str] | None = None,
        groups: Collection[str] | None = None,
        types: Collection[str] | None = None,
    ) -> list[Passage]:
        """Return up to `k` passages, best first, of the given kinds, collections, groups and types.

        A group matches itself and what is below it (`io.kestra.plugin.jdbc` includes `…jdbc.duckdb`).
        """
        snapshot = self._current()
        if not query.strip() or not snapshot.chunks or k <= 0:
            return []
        read = snapshot.index.read(query)
        allowed = _allowed(snapshot.chunks, kinds, collections, groups, types)
        hits = snapshot.index.rank(read, self._vector(read, snapshot), k, allowed)
        return [Passage.of(*snapshot.chunks[hit.position], hit) for hit in hits]

    def answerable(self, query: str, passages: Sequence[Passage]) -> bool:
        """Whether the passages of a search say something about the question; if not, the documents do not."""
        return confidence(passages, self._current().background) >= 0.5

    def _vector(self, query: Query, snapshot: _Snapshot) -> Vectors | None:
        """Return the question's vector; None when the embedder fails, which is remembered until it works."""
        if self._embedder is None or snapshot.dense is None:
            return None
        vectors = self._embed(self._embedder, [query.corrected])
        return None if vectors is None else vectors[0]

    def _embed(self, embedder: Embedder, questions: Sequence[str]) -> Vectors | None:
        try:
            vectors = embedder.embed(questions, "query")
        except EmbedderError as error:
            logger.warning("question not embedded", extra={"reason": str(error)})
            self._failure = str(error)
            return None
        self._failure = ""
        return vectors

    def _current(self) -> _Snapshot:
        """Return the snapshot of now. Two threads may both load it: the work is lost, not the result."""
        stores = [CollectionStore(self._kv, name) for name in self._names()]
        stamps = {store.name: store.stamps() for store in stores}
        texts = tuple((name, stamp[0]) for name, stamp in stamps.items())
        vectors = tuple((name, stamp[1]) for name, stamp in stamps.items())
        old = self._snapshot
        if old is not None and old.texts == texts and old.vectors == vectors:
            return old
        same = old if old is not None and old.texts == texts else None
        self._snapshot = self._load(stores, texts, vectors, same)
        return self._snapshot

    def _names(self) -> list[str]:
        """Return the collections to search; they are listed again only when the list has changed."""
        stamp = collections_stamp(self._kv)
        known, names = self._listed
        if stamp != known:
            names = [name for name in collections(self._kv) if self._only is None or name in self._only]
            self._listed = (stamp, names)
        return names

    def _load(
        self,
        stores: Sequence[CollectionStore],
        texts: tuple[tuple[str, str], ...],
        vectors: tuple[tuple[str, str], ...],
        same: _Snapshot | None,
    ) -> _Snapshot:
        damaged: list[str] = []
        if same is None:
            documents: list[tuple[str, Stored]] = []
            for store in stores:
                found, broken = store.documents()
                documents += [(store.name, stored) for stored in found.values()]
                damaged += [f"{store.name}/{key}" for key in broken]
            chunks = tuple((name, chunk) for name, stored in documents for chunk in stored.chunks)
            index = HybridIndex([entry_of(chunk) for _, chunk in chunks])
            version = version_of(stored for _, stored in documents)
        else:
            chunks, index, version = same.chunks, same.index, same.version
            damaged += [key for key in same.damaged if "/vector/" not in key]
        dense = self._dense(stores, chunks, damaged)
        measured = self._background(dense) if dense is not None else None
        index = index.with_dense(dense)
        return _Snapshot(texts, vectors, chunks, index, dense, measured, version, tuple(damaged))

    def _background(self, dense: DenseIndex) -> Background | None:
        """Measure where meaning begins; the foreign questions are embedded once.

        None for embedders that know no meaning.
        """
        if dense.weight < _MEANINGFUL:
            return None
        if self._foreign is None and self._embedder is not None:
            self._foreign = self._embed(self._embedder, QUESTIONS)
        return None if self._foreign is None else background(self._foreign, dense)

    def _dense(
        self, stores: Sequence[CollectionStore], chunks: Sequence[tuple[str, Chunk]], damaged: list[str]
    ) -> DenseIndex | None:
        """Load the vectors there are. Of collections with another dimension than the first none are used."""
        if self._embedder is None:
            return None
        rows: dict[tuple[str, str], Vectors] = {}
        for store in stores:
            found, broken = store.vectors(self._embedder.name)
            rows.update({(store.name, name): row for name, row in found.items()})
            damaged += [f"{store.name}/vector/{name}" for name in broken]
        dimension = len(next(iter(rows.values()))) if rows else 0
        positions, kept = [], []
        for position, (name, chunk) in enumerate(chunks):
            row = rows.get((name, chunk.content_hash))
            if row is not None and len(row) == dimension:
                positions.append(position)
                kept.append(row)
        return DenseIndex(np.stack(kept), positions, weight=weight_of(self._embedder)) if kept else None


def confidence(passages: Sequence[Passage], background: Background | None) -> float:
    """Return 0..1: how sure it is that one of the first passages answers the question (0.5 is the cut-off).

    A logistic function of coverage and of how far the cosine lies above that of foreign questions; without a
    background, of coverage alone. Fitted on `tests/retrieval/questions.jsonl` (ten-fold cross-validation:
    97 of 100 decided rightly).
    """
    return max((_sure(passage, background) for passage in passages[:_LOOKED_AT]), default=0.0)


def _sure(passage: Passage, background: Background | None) -> float:
    if background is None or passage.similarity == 0:
        evidence = 15.0 * passage.coverage - 7.7
    else:
        evidence = 9.9 * passage.coverage + 0.9 * background.above(passage.similarity) - 7.35
    return 1 / (1 + math.exp(-evidence))


def entry_of(chunk: Chunk) -> Entry:
    """Return what is searched of a chunk."""
    return Entry(
        head=" ".join((chunk.prefix, *chunk.keywords)),
        body=chunk.text,
        type=chunk.type,
        properties=chunk.properties,
    )


def _allowed(
    chunks: Sequence[tuple[str, Chunk]],
    kinds: Collection[str] | None,
    names: Collection[str] | None,
    groups: Collection[str] | None,
    types: Collection[str] | None,
) -> NDArray[np.bool_] | None:
    """Return bool [n], or None when nothing is filtered."""
    if kinds is names is groups is types is None:
        return None
    return np.array(
        [
            (kinds is None or chunk.kind in kinds)
            and (names is None or name in names)
            and (types is None or chunk.type in types)
            and (groups is None or _in_group(chunk.group, groups))
            for name, chunk in chunks
        ],
        dtype=bool,
    )


def _in_group(group: str, groups: Collection[str]) -> bool:
    return any(group == wanted or group.startswith(f"{wanted}.") for wanted in groups)
