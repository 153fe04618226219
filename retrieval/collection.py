"""What is in the collections, and taking something out of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from engine.model.json import Json
from engine.storage.ports import KeyValueStore
from retrieval.errors import CollectionAbsent
from retrieval.ingest import remove_origins
from retrieval.store import CollectionStore, collections

_ROOT = "_retrieval"
_SETTING = "embedder"
_WEB = ("page", "sitemap", "follow", "git")


@dataclass(frozen=True, slots=True)
class CollectionStatus:
    """A collection in numbers.

    `version` names the very set of texts; `origins` are the sources with how many documents each gave;
    `vectors` counts those of the embedder that read them last, `updated` is when texts changed last.
    """

    name: str
    version: str
    documents: int
    chunks: int
    vectors: int
    embedder: str
    updated: str
    origins: dict[str, int] = field(default_factory=dict)
    damaged: tuple[str, ...] = ()


def status(kv: KeyValueStore) -> list[CollectionStatus]:
    """Return every collection, by name."""
    return [_status_of(CollectionStore(kv, name)) for name in sorted(collections(kv))]


def _status_of(store: CollectionStore) -> CollectionStatus:
    state = store.state()
    documents, damaged = store.documents()
    embedder = str(state.get("embedder", ""))
    vectors, broken = store.vectors(embedder) if embedder else ({}, [])
    hashes = {chunk.content_hash for stored in documents.values() for chunk in stored.chunks}
    return CollectionStatus(
        name=store.name,
        version=str(state.get("version", "")),
        documents=len(documents),
        chunks=sum(len(stored.chunks) for stored in documents.values()),
        vectors=len(hashes & set(vectors)),
        embedder=embedder,
        updated=str(state.get("updated", "")),
        origins=dict(sorted(Counter(stored.origin for stored in documents.values()).items())),
        damaged=(*damaged, *(f"vector/{name}" for name in broken)),
    )


def remove(
    kv: KeyValueStore, collection: str, origins: Collection[str] = (), now: datetime | None = None
) -> int:
    """Remove what came from the origins, or the whole collection; tells how many documents.

    An origin is named as in `status`, or by its address or folder alone. Raises CollectionAbsent when there
    is no such collection or origin.
    """
    at = now or datetime.now(UTC)
    if collection not in collections(kv):
        known = ", ".join(sorted(collections(kv))) or "there is none"
        raise CollectionAbsent(f"collection '{collection}' does not exist; known: {known}")
    store = CollectionStore(kv, collection)
    documents, _ = store.documents()
    if not origins:
        store.clear(at)
        return len(documents)
    there = {stored.origin for stored in documents.values()}
    named = [origin for one in origins for origin in _named(one, there, collection)]
    return remove_origins(named, kv, collection=collection, now=lambda: at)


def _named(one: str, there: Collection[str], collection: str) -> list[str]:
    found = [origin for origin in there if one == origin or one.rstrip("*") == origin.partition(":")[2]]
    if not found:
        raise CollectionAbsent(
            f"'{one}' is no origin of collection '{collection}'; it has {', '.join(sorted(there)) or 'none'}"
        )
    return found


def web_sources(kv: KeyValueStore, collection: str) -> list[str]:
    """Return the web sources of a collection as a person writes them, to be read again."""
    documents, _ = CollectionStore(kv, collection).documents()
    return list(_written(sorted({stored.origin for stored in documents.values()})))


def _written(origins: Iterable[str]) -> Iterable[str]:
    for origin in origins:
        mode, _, address = origin.partition(":")
        if mode in _WEB:
            yield f"{address}*" if mode == "follow" else address


def last_setting(kv: KeyValueStore) -> str:
    """Return the setting of the embedder that made a whole set of vectors last; empty without one."""
    entry = kv.get(_ROOT, _SETTING)
    value: Json | bytes = entry.value if entry else b""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def remember_setting(kv: KeyValueStore, setting: str, now: datetime | None = None) -> None:
    """Remember it, so that its vectors can serve while another embedder makes its own."""
    if last_setting(kv) != setting:
        kv.put(_ROOT, _SETTING, setting.encode(), "BYTES", now or datetime.now(UTC))
