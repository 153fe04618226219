"""How a collection lies in the key-value store.

Namespace `_retrieval.<collection>`; every value is bytes (kind BYTES):

    state                       stamp (new whenever texts change), version, embedder, counts, time
    vectors                     stamp (new whenever vectors are added)
    source/<sha of source>      one document: hash of its text, where from, its chunks
    vector/<embedder>/<hash>    float32 row of the text with that content hash

A document and its chunks are one entry, so a crash or another process can leave an older or a newer
document, never half of one. Vectors are named by what they were made of, so equal texts share one and an
unchanged text never needs a second. `_retrieval` lists the collections. No flow can have these namespaces:
theirs begin with a letter or a digit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import numpy as np

from engine.model.id import new_id
from engine.model.json import Json, dumps, loads
from engine.storage.ports import KeyValueStore
from retrieval.chunk import Chunk
from retrieval.embed.port import Vectors

_ROOT = "_retrieval"
_LENGTH_TOLERANCE = 1e-2


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it is kept.

    `origin` is the source it was found by; `validators` are a web page's ETag and Last-Modified; `links` let
    a crawl go on behind an unchanged page.
    """

    source: str
    origin: str
    hash: str
    title: str
    chunks: tuple[Chunk, ...]
    validators: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the stored form."""
        return dumps(
            {
                "source": self.source,
                "origin": self.origin,
                "hash": self.hash,
                "title": self.title,
                "chunks": [chunk.to_json() for chunk in self.chunks],
                "validators": dict(self.validators),
                "links": list(self.links),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Stored:
        """Read the stored form; raises ValueError, KeyError or TypeError when it is damaged."""
        found = loads(data)
        return cls(
            source=found["source"],
            origin=found["origin"],
            hash=found["hash"],
            title=found["title"],
            chunks=tuple(Chunk.from_json(chunk) for chunk in found["chunks"]),
            validators=dict(found["validators"]),
            links=tuple(found["links"]),
        )


class CollectionStore:
    """One collection in the key-value store."""

    def __init__(self, kv: KeyValueStore, name: str) -> None:
        self._kv = kv
        self.name = name
        self._namespace = f"{_ROOT}.{name}"

    def stamps(self) -> tuple[str, str]:
        """Return what changes with the texts and what with the vectors; empty while there are none."""
        entry = self._kv.get(self._namespace, "vectors")
        vectors = entry.value if entry else b""
        return str(self.state().get("stamp", "")), vectors.decode() if isinstance(vectors, bytes) else ""

    def state(self) -> dict[str, Json]:
        """Return the state entry; empty when there is none or it is damaged."""
        entry = self._kv.get(self._namespace, "state")
        found = _json(entry.value) if entry else None
        return found if isinstance(found, dict) else {}

    def documents(self) -> tuple[dict[str, Stored], list[str]]:
        """Return the documents by source, in the order of their keys, and the keys of damaged entries."""
        found: dict[str, Stored] = {}
        damaged: list[str] = []
        for key, value in self._kv.items(self._namespace, "source/"):
            try:
                stored = Stored.from_bytes(_bytes(value))
            except (ValueError, KeyError, TypeError):
                damaged.append(key)
            else:
                found[stored.source] = stored
        return found, damaged

    def vectors(self, embedder: str) -> tuple[dict[str, Vectors], list[str]]:
        """Return the rows of an embedder by content hash, and the hashes of damaged ones.

        A row is damaged when it is cut, not finite, not of unit length, or of another dimension than most.
        """
        start = _vector_key(embedder, "")
        found = {
            key.removeprefix(start): value if isinstance(value, bytes) else b""
            for key, value in self._kv.items(self._namespace, start)
        }
        lengths = Counter(len(value) for value in found.values() if len(value) % 4 == 0)
        usual = lengths.most_common(1)[0][0] if lengths else 0
        names = [name for name, value in found.items() if usual and len(value) == usual]
        table = np.frombuffer(b"".join(found[name] for name in names), dtype=np.float32)
        table = table.reshape(len(names), -1) if names else table.reshape(0, 0)
        with np.errstate(invalid="ignore", over="ignore"):
            norms = np.linalg.norm(table, axis=1)
        sound = np.isfinite(norms) & ((norms == 0) | (np.abs(norms - 1) < _LENGTH_TOLERANCE))
        good = {name: row for name, row, fits in zip(names, table, sound, strict=True) if fits}
        return good, [name for name in found if name not in good]

    def replace_documents(
        self, documents: Iterable[Stored], gone: Iterable[str], state: Mapping[str, Json], now: datetime
    ) -> None:
        """Store documents, remove the gone ones and renew the state in one transaction."""
        entries: dict[str, Json | bytes] = {
            _source_key(document.source): document.to_bytes() for document in documents
        }
        entries["state"] = dumps({**state, "stamp": new_id()})
        keys = [key if key.startswith("source/") else _source_key(key) for key in gone]
        self._register(now)
        self._kv.replace_many(
            self._namespace, entries, "BYTES", now, delete=[key for key in keys if key not in entries]
        )

    def _register(self, now: datetime) -> None:
        """Add the collection to the list; the stamp of the list is written last."""
        if self._kv.get(_ROOT, f"collection/{self.name}") is None:
            self._kv.put(_ROOT, f"collection/{self.name}", b"", "BYTES", now)
            self._kv.put(_ROOT, "stamp", new_id().encode(), "BYTES", now)

    def put_vectors(self, embedder: str, rows: Mapping[str, Vectors], now: datetime) -> None:
        """Store rows by content hash in one transaction."""
        entries: dict[str, Json | bytes] = {
            _vector_key(embedder, name): row.tobytes() for name, row in rows.items()
        }
        entries["vectors"] = new_id().encode()
        self._kv.put_many(self._namespace, entries, "BYTES", now)

    def texts(self) -> dict[str, str]:
        """Return content hash → text of every chunk that is stored now."""
        documents, _ = self.documents()
        return {
            chunk.content_hash: chunk.embedded for stored in documents.values() for chunk in stored.chunks
        }

    def drop_vectors(self, wanted: Callable[[], Collection[str]], *, only: str = "") -> int:
        """Remove the vectors of texts that nobody wants; tells how many. `wanted` returns content hashes.

        With `only` those of every other embedder go too. The vectors are listed before the texts are asked
        for: another process stores a text before its vector, so what it adds meanwhile is never taken away.
        """
        kept = _vector_key(only, "") if only else "vector/"
        known = [key for key, _ in self._kv.items(self._namespace, "vector/")]
        hashes = wanted()
        gone = [key for key in known if key.rsplit("/", 1)[-1] not in hashes or not key.startswith(kept)]
        return self._kv.delete_many(self._namespace, gone) if gone else 0

    def clear(self, now: datetime) -> None:
        """Remove the whole collection."""
        self._kv.delete(_ROOT, f"collection/{self.name}")
        self._kv.put(_ROOT, "stamp", new_id().encode(), "BYTES", now)
        self._kv.delete_many(self._namespace, [key for key, _ in self._kv.items(self._namespace)])


def collections_stamp(kv: KeyValueStore) -> str:
    """Return what changes with the list of collections; empty while there is none."""
    entry = kv.get(_ROOT, "stamp")
    return entry.value.decode() if entry and isinstance(entry.value, bytes) else ""


def collections(kv: KeyValueStore) -> list[str]:
    """Return the names of all collections."""
    return [key.removeprefix("collection/") for key, _ in kv.items(_ROOT, "collection/")]


def version_of(documents: Iterable[Stored]) -> str:
    """Return what names this very set of texts: equal on every machine that ingested the same."""
    digest = sha256()
    for line in sorted(f"{document.source}\0{document.hash}\n" for document in documents):
        digest.update(line.encode())
    return digest.hexdigest()[:12]


def sources_of(found: Mapping[str, Stored], origins: Collection[str]) -> Iterator[str]:
    """Yield the sources that came from the given origins."""
    return (source for source, stored in found.items() if stored.origin in origins)


def _source_key(source: str) -> str:
    return f"source/{sha256(source.encode()).hexdigest()[:32]}"


def _vector_key(embedder: str, name: str) -> str:
    return f"vector/{sha256(embedder.encode()).hexdigest()[:12]}/{name}"


def _bytes(value: Json | bytes) -> bytes:
    if not isinstance(value, bytes | bytearray | memoryview):
        raise TypeError(f"expected bytes, found {type(value).__name__}")
    return bytes(value)


def _json(value: Json | bytes) -> Json:
    try:
        return loads(_bytes(value))
    except (ValueError, TypeError):
        return None
