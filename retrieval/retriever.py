"""Questions find passages."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from engine.storage.ports import KeyValueStore
from retrieval.cache import IndexCache
from retrieval.chunk import Chunk
from retrieval.confidence import Evidence, confidence, gather
from retrieval.embed.port import Embedder, Vectors, unit
from retrieval.errors import EmbedderError
from retrieval.foreign import QUESTIONS, Ground
from retrieval.hybrid import Asked, Hit
from retrieval.passage import Passage
from retrieval.query import Query, parts
from retrieval.rerank import CANDIDATES, Reranker
from retrieval.snapshot import Snapshot, load, stamps_of
from retrieval.store import collections, collections_stamp

logger = logging.getLogger(__name__)

_MEANINGFUL = 0.5
_REMEMBERED = 256
_REST = 10
"""Vectors that come in one after the other are loaded again after this many times what loading took."""


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
        former: Sequence[Embedder] = (),
        reranker: Reranker | None = None,
        cache: IndexCache | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Search all collections, or `only` the named ones.

        `notice` says why there is no embedder; the vectors of `former` embedders serve until the new one has
        made its own; `cache` keeps what takes long to make of a big collection.
        """
        self._kv = kv
        self._embedders = [embedder, *former] if embedder is not None else []
        self._only = None if only is None else frozenset(only)
        self._notice = notice
        self._reranker = reranker
        self._cache = cache
        self._clock = clock
        self._failure = ""
        self._listed: tuple[str, list[str]] = ("", [])
        self._foreign: dict[str, Vectors] = {}
        self._ground: Ground | None = None
        self._snapshot: Snapshot | None = None
        self._rests_until = 0.0
        self._lock = Lock()
        self._asked: OrderedDict[tuple[str, str], Vectors] = OrderedDict()

    @property
    def notice(self) -> str:
        """What a person should know about the quality of the search now; empty when all is well."""
        if not self._embedders:
            return self._notice or "Search is lexical only: no embedder is set."
        if self._failure:
            return f"Search is lexical only for now: {self._failure}"
        snapshot = self._current()
        if snapshot.chunks and snapshot.dense is None:
            return "Search is lexical only until the vectors are made."
        if snapshot.dense is not None and snapshot.embedder is not self._embedders[0]:
            return "The vectors of the former embedder serve until the new ones are made."
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
        several = parts(read.corrected) if read.kind == "question" else []
        pieces = [snapshot.index.read(part) for part in several]
        whole, *asked = self._asked_by([read, *pieces], snapshot)
        count = max(k, CANDIDATES) if self._reranker else k
        hits = snapshot.index.rank(whole, count, allowed, parts=asked)
        return [
            Passage.of(*snapshot.chunks[hit.position], hit) for hit in self._rerank(read, hits, snapshot)[:k]
        ]

    def answerable(self, query: str, passages: Sequence[Passage]) -> bool:
        """Whether the passages of a search say something about the question; if not, the documents do not."""
        return bool(passages) and confidence(self.evidence(query, passages)) >= 0.5

    def evidence(self, query: str, passages: Sequence[Passage]) -> Evidence:
        """Return what speaks for and against passages of a search as an answer."""
        snapshot = self._current()
        read = snapshot.index.read(query)
        ground = self._ground_of(snapshot)
        vector = self._vectors([read.corrected], snapshot)[0] if ground else None
        similarity = max((passage.similarity for passage in passages), default=0.0)
        meaning = None
        if ground is not None and vector is not None and similarity > 0:
            meaning = ground.read(vector, similarity)
        return gather(read, passages, snapshot.index.lexical, meaning)

    def _rerank(self, query: Query, hits: list[Hit], snapshot: Snapshot) -> list[Hit]:
        if self._reranker is None:
            return hits
        return self._reranker.order(query.text, hits, [snapshot.chunks[hit.position][1] for hit in hits])

    def _asked_by(self, queries: Sequence[Query], snapshot: Snapshot) -> list[Asked]:
        """Give each question its vector; one with jargon lies halfway to the same in our words."""
        texts = [text for query in queries for text in (query.corrected, query.glossed) if text]
        vectors = iter(self._vectors(texts, snapshot))
        asked = []
        for query in queries:
            own = next(vectors) if query.corrected else None
            ours = next(vectors) if query.glossed else None
            if own is None or ours is None:
                asked.append(Asked(query, own))
            else:
                asked.append(Asked(query, unit((own + ours)[np.newaxis, :])[0], own))
        return asked

    def _vectors(self, questions: Sequence[str], snapshot: Snapshot) -> Sequence[Vectors | None]:
        """Return a vector for each; None when the embedder fails, which is remembered until it works."""
        if snapshot.embedder is None or snapshot.dense is None:
            return [None] * len(questions)
        name = snapshot.embedder.name
        with self._lock:
            known = {text: self._asked[name, text] for text in questions if (name, text) in self._asked}
        missing = [text for text in dict.fromkeys(questions) if text not in known]
        if missing:
            made = self._embed(snapshot.embedder, missing)
            if made is None:
                return [None] * len(questions)
            known.update(zip(missing, made, strict=True))
            self._remember(name, known)
        return [known[text] for text in questions]

    def _remember(self, name: str, vectors: dict[str, Vectors]) -> None:
        with self._lock:
            self._asked.update({(name, text): row for text, row in vectors.items()})
            while len(self._asked) > _REMEMBERED:
                self._asked.popitem(last=False)

    def _embed(self, embedder: Embedder, questions: Sequence[str]) -> Vectors | None:
        try:
            vectors = embedder.embed(questions, "query")
        except EmbedderError as error:
            logger.warning("question not embedded", extra={"reason": str(error)})
            self._failure = str(error)
            return None
        self._failure = ""
        return vectors

    def _ground_of(self, snapshot: Snapshot) -> Ground | None:
        """Measure where meaning begins, once for each snapshot; None for embedders that know no meaning."""
        dense, embedder = snapshot.dense, snapshot.embedder
        if dense is None or embedder is None or dense.weight < _MEANINGFUL:
            return None
        ground = self._ground
        if ground is None or ground.dense is not dense:
            if embedder.name not in self._foreign:
                made = self._embed(embedder, QUESTIONS)
                if made is None:
                    return None
                self._foreign[embedder.name] = made
            signs = snapshot.posts.dense if snapshot.posts else None
            self._ground = ground = Ground(self._foreign[embedder.name], dense, signs)
        return ground

    def _current(self) -> Snapshot:
        """Return the snapshot of now. Two threads may both load it: the work is lost, not the result."""
        texts, vectors = stamps_of(self._kv, self._names())
        old = self._snapshot
        rests = self._clock() < self._rests_until
        if old is not None and old.texts == texts and (old.vectors == vectors or rests):
            return old
        started = self._clock()
        self._snapshot = load(self._kv, self._embedders, texts, vectors, old, self._cache)
        ended = self._clock()
        self._rests_until = ended + _REST * (ended - started) if ended - started > 0.1 else 0.0
        return self._snapshot

    def _names(self) -> list[str]:
        """Return the collections to search; they are listed again only when the list has changed."""
        stamp = collections_stamp(self._kv)
        known, names = self._listed
        if stamp != known:
            names = [name for name in collections(self._kv) if self._only is None or name in self._only]
            self._listed = (stamp, names)
        return names


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
