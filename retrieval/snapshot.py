"""All collections as they were at one moment, ready to be searched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.storage.ports import KeyValueStore
from retrieval.chunk import Chunk
from retrieval.dense import DenseIndex
from retrieval.embed.port import Embedder, Vectors, weight_of
from retrieval.entry import Entry
from retrieval.hybrid import HybridIndex
from retrieval.store import CollectionStore, Stored, version_of
from retrieval.weights import PAGES

Stamps = tuple[tuple[str, str], ...]

_ALMOST_ALL = 0.99


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Never changed, only replaced. `embedder` made the vectors of `dense`, and makes those of questions."""

    texts: Stamps
    vectors: Stamps
    chunks: tuple[tuple[str, Chunk], ...]
    index: HybridIndex
    dense: DenseIndex | None
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
    kv: KeyValueStore, embedders: Sequence[Embedder], texts: Stamps, vectors: Stamps, old: Snapshot | None
) -> Snapshot:
    """Load the collections the stamps name; texts that `old` has are not read again."""
    stores = [CollectionStore(kv, name) for name, _ in texts]
    damaged: list[str] = []
    if old is None or old.texts != texts:
        documents: list[tuple[str, Stored]] = []
        for store in stores:
            found, broken = store.documents()
            documents += [(store.name, stored) for stored in found.values()]
            damaged += [f"{store.name}/{key}" for key in broken]
        chunks = tuple((name, chunk) for name, stored in documents for chunk in stored.chunks)
        index = HybridIndex([entry_of(chunk) for _, chunk in chunks], weights=PAGES)
        version = version_of(stored for _, stored in documents)
    else:
        chunks, index, version = old.chunks, old.index, old.version
        damaged += [key for key in old.damaged if "/vector/" not in key]
    embedder, dense = _best(stores, chunks, embedders, damaged)
    return Snapshot(texts, vectors, chunks, index.with_dense(dense), dense, embedder, version, tuple(damaged))


def _best(
    stores: Sequence[CollectionStore],
    chunks: Sequence[tuple[str, Chunk]],
    embedders: Sequence[Embedder],
    damaged: list[str],
) -> tuple[Embedder | None, DenseIndex | None]:
    """Return the first embedder that has made almost as many vectors as any other, and their index.

    While a new embedder has only begun, the vectors of the one before it serve.
    """
    best: tuple[Embedder | None, DenseIndex | None] = (embedders[0] if embedders else None, None)
    for embedder in embedders:
        dense = _dense(stores, chunks, embedder, damaged)
        if dense is not None and (best[1] is None or len(best[1]) < _ALMOST_ALL * len(dense)):
            best = (embedder, dense)
        if best[1] is not None and len(best[1]) >= _ALMOST_ALL * len(chunks):
            break
    return best


def _dense(
    stores: Sequence[CollectionStore],
    chunks: Sequence[tuple[str, Chunk]],
    embedder: Embedder,
    damaged: list[str],
) -> DenseIndex | None:
    """Load the vectors there are. Of collections with another dimension than the first none are used."""
    rows: dict[tuple[str, str], Vectors] = {}
    for store in stores:
        found, broken = store.vectors(embedder.name)
        rows.update({(store.name, name): row for name, row in found.items()})
        damaged += [f"{store.name}/vector/{name}" for name in broken]
    dimension = len(next(iter(rows.values()))) if rows else 0
    positions, kept = [], []
    for position, (name, chunk) in enumerate(chunks):
        row = rows.get((name, chunk.content_hash))
        if row is not None and len(row) == dimension:
            positions.append(position)
            kept.append(row)
    return DenseIndex(np.stack(kept), positions, weight=weight_of(embedder)) if kept else None


def entry_of(chunk: Chunk) -> Entry:
    """Return what is searched of a chunk."""
    return Entry(
        head=" ".join((chunk.prefix, *chunk.keywords)),
        body=chunk.text,
        type=chunk.type,
        properties=chunk.properties,
        document=chunk.source,
        name=" ".join(chunk.type.split(".")[-2:]) if chunk.type else chunk.title,
        preferred=chunk.kind == "guide",
    )
