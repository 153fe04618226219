"""All collections as they were at one moment, ready to be searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.storage.ports import KeyValueStore
from retrieval.cache import Arrays, IndexCache
from retrieval.chunk import Chunk
from retrieval.dense import DenseIndex
from retrieval.embed.port import Embedder, Vectors, weight_of
from retrieval.entry import Entry
from retrieval.hybrid import HybridIndex, terms_of
from retrieval.lexical import LexicalIndex
from retrieval.signpost import Signposts, resolve, words_of
from retrieval.store import CollectionStore, Stored, version_of
from retrieval.weights import PAGES

Stamps = tuple[tuple[str, str], ...]
Named = tuple[str, Chunk]

_ALMOST_ALL = 0.99
_SAMPLE = 32


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Never changed, only replaced. `embedder` made the vectors of `dense`, and makes those of questions."""

    texts: Stamps
    vectors: Stamps
    chunks: tuple[tuple[str, Chunk], ...]
    signs: tuple[tuple[str, Chunk], ...]
    leads: tuple[tuple[int, ...], ...]
    index: HybridIndex
    dense: DenseIndex | None
    posts: Signposts | None
    embedder: Embedder | None
    version: str
    damaged: tuple[str, ...]


def stamps_of(kv: KeyValueStore, names: Sequence[str]) -> tuple[Stamps, Stamps]:
    """Return what changes with the texts, and with the vectors, of each collection."""
    found = {name: CollectionStore(kv, name).stamps() for name in names}
    return (
        tuple((name, stamp[0]) for name, stamp in found.items()),
        tuple((name, stamp[1]) for name, stamp in found.items()),
    )


def load(
    kv: KeyValueStore,
    embedders: Sequence[Embedder],
    texts: Stamps,
    vectors: Stamps,
    old: Snapshot | None,
    cache: IndexCache | None = None,
) -> Snapshot:
    """Load the collections the stamps name; texts that `old` has are not read again.

    What takes long to make of many chunks is taken from the cache, or put there.
    """
    stores = [CollectionStore(kv, name) for name, _ in texts]
    damaged: list[str] = []
    if old is None or old.texts != texts:
        documents: list[tuple[str, Stored]] = []
        for store in stores:
            found, broken = store.documents()
            documents += [(store.name, stored) for stored in found.values()]
            damaged += [f"{store.name}/{key}" for key in broken]
        every = [(name, chunk) for name, stored in documents for chunk in stored.chunks]
        chunks, signs, leads = _part(every)
        asked = words_of([chunk for _, chunk in signs], leads)
        entries = [entry_of(chunk, asked.get(at, ())) for at, (_, chunk) in enumerate(chunks)]
        index = HybridIndex(entries, weights=PAGES, lexical=_lexical(entries, texts, cache))
        version = version_of(stored for _, stored in documents)
    else:
        chunks, index, version = old.chunks, old.index, old.version
        signs, leads = old.signs, old.leads
        damaged += [key for key in old.damaged if "/vector/" not in key]
    kept = cache if len(chunks) >= (cache.least if cache else 0) else None
    vectorised = _Vectorised(stores, chunks, signs, f"{texts}{vectors}", kept, damaged)
    embedder, dense, ways = vectorised.best(embedders)
    posts = Signposts(ways, leads) if ways else None
    return Snapshot(
        texts=texts,
        vectors=vectors,
        chunks=chunks,
        signs=signs,
        leads=leads,
        index=index.with_dense(dense, posts),
        dense=dense,
        posts=posts,
        embedder=embedder,
        version=version,
        damaged=tuple(damaged),
    )


def _lexical(entries: Sequence[Entry], texts: Stamps, cache: IndexCache | None) -> LexicalIndex | None:
    """Return the index of the words of many entries, made now or before; None where it is not worth keeping.

    Some entries are read anyway: other code may read them differently.
    """
    if cache is None or len(entries) < cache.least:
        return None
    sample = [terms_of(entry) for entry in entries[:: max(1, len(entries) // _SAMPLE)]]
    made_of = f"{texts}{len(entries)}{sample}"
    if arrays := cache.read("words", made_of):
        return LexicalIndex.of_arrays(arrays, len(entries))
    made = LexicalIndex([terms_of(entry) for entry in entries])
    if found := made.arrays():
        cache.write("words", made_of, found)
    return made


def _part(every: Sequence[Named]) -> tuple[tuple[Named, ...], tuple[Named, ...], tuple[tuple[int, ...], ...]]:
    """Return what is found, the signposts to it, and the positions each of those leads to."""
    own = [one for one in every if not one[1].targets]
    signs = [one for one in every if one[1].targets]
    leads = resolve([chunk for _, chunk in signs], (chunk for _, chunk in own))
    lost = [sign for sign, positions in zip(signs, leads, strict=True) if not positions]
    kept = [(sign, positions) for sign, positions in zip(signs, leads, strict=True) if positions]
    return (*own, *lost), tuple(sign for sign, _ in kept), tuple(positions for _, positions in kept)


@dataclass(frozen=True, slots=True)
class _Vectorised:
    """The vectors of chunks and signposts; `stamp` names the very texts and vectors."""

    stores: Sequence[CollectionStore]
    chunks: Sequence[Named]
    signs: Sequence[Named]
    stamp: str
    cache: IndexCache | None
    damaged: list[str]

    def best(
        self, embedders: Sequence[Embedder]
    ) -> tuple[Embedder | None, DenseIndex | None, DenseIndex | None]:
        """Return the first embedder that has made almost as many vectors as any other, and its indexes.

        While a new embedder has only begun, the vectors of the one before it serve.
        """
        best: Embedder | None = embedders[0] if embedders else None
        dense = ways = None
        for embedder in embedders:
            found, leading = self._indexes(embedder)
            if found is not None and (dense is None or len(dense) < _ALMOST_ALL * len(found)):
                best, dense, ways = embedder, found, leading
            if dense is not None and len(dense) >= _ALMOST_ALL * len(self.chunks):
                break
        return best, dense, ways

    def _indexes(self, embedder: Embedder) -> tuple[DenseIndex | None, DenseIndex | None]:
        """Return the index of the chunks and that of the signposts, made now or before."""
        made_of = f"{self.stamp}{embedder.name}{len(self.chunks)}"
        weight = weight_of(embedder)
        kept = self.cache.read("vectors", made_of) if self.cache else None
        if kept is not None:
            dense = DenseIndex.of_arrays(_named(kept, "chunk-"), weight=weight)
            posts = _named(kept, "sign-")
            return dense, DenseIndex.of_arrays(posts, weight=weight) if posts else None
        rows, broken = self._rows(embedder)
        made, leading = _dense(rows, self.chunks, weight), _dense(rows, self.signs, weight)
        if self.cache is not None and made is not None and not broken:
            arrays = {f"chunk-{name}": array for name, array in made.arrays().items()}
            if leading is not None:
                arrays |= {f"sign-{name}": array for name, array in leading.arrays().items()}
            self.cache.write("vectors", made_of, arrays)
        self.damaged.extend(broken)
        return made, leading

    def _rows(self, embedder: Embedder) -> tuple[dict[tuple[str, str], Vectors], list[str]]:
        rows: dict[tuple[str, str], Vectors] = {}
        broken: list[str] = []
        for store in self.stores:
            found, lost = store.vectors(embedder.name)
            rows.update({(store.name, name): row for name, row in found.items()})
            broken += [f"{store.name}/vector/{name}" for name in lost]
        return rows, broken


def _named(arrays: Arrays, start: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}


def _dense(
    rows: Mapping[tuple[str, str], Vectors], chunks: Sequence[Named], weight: float
) -> DenseIndex | None:
    """Index the vectors there are. Of collections with another dimension than the first none are used."""
    dimension = len(next(iter(rows.values()))) if rows else 0
    positions, kept = [], []
    for position, (name, chunk) in enumerate(chunks):
        row = rows.get((name, chunk.content_hash))
        if row is not None and len(row) == dimension:
            positions.append(position)
            kept.append(row)
    return DenseIndex(np.stack(kept), positions, weight=weight) if kept else None


def entry_of(chunk: Chunk, asked: tuple[str, ...] = ()) -> Entry:
    """Return what is searched of a chunk; `asked` is what signposts say of it."""
    return Entry(
        head=" ".join((chunk.prefix, *chunk.keywords)),
        body=chunk.text,
        type=chunk.type,
        properties=chunk.properties,
        document=chunk.source,
        name=" ".join(chunk.type.split(".")[-2:]) if chunk.type else chunk.title,
        preferred=chunk.kind == "guide",
        asked=asked,
    )
