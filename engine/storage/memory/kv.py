"""Key-value entries, in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from engine.model.json import Json
from engine.storage.entry import check_absent, expired, next_entry
from engine.storage.ports import KeyValue, Page


class MemoryKeyValues:
    """Values by namespace and key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, dict[str, KeyValue]] = {}

    def get(self, namespace: str, key: str) -> KeyValue | None:
        """Return the entry, also when it has expired."""
        with self._lock:
            return self._entries.get(namespace, {}).get(key)

    def put(
        self,
        namespace: str,
        key: str,
        value: Json | bytes,
        kind: str,
        now: datetime,
        *,
        expires: datetime | None = None,
        description: str | None = None,
        overwrite: bool = True,
    ) -> KeyValue:
        """Store the value; raises Conflict when the key exists and `overwrite` is false."""
        with self._lock:
            entries = self._entries.setdefault(namespace, {})
            before = entries.get(key)
            if not overwrite:
                check_absent(before, now)
            entry = next_entry(
                before, namespace, key, value, kind, now, expires=expires, description=description
            )
            entries[key] = entry
            return entry

    def put_many(self, namespace: str, entries: Mapping[str, Json | bytes], kind: str, now: datetime) -> None:
        """Store many values in one transaction."""
        self.replace_many(namespace, entries, kind, now)

    def delete(self, namespace: str, key: str) -> bool:
        """Remove the entry; tells whether it existed."""
        return self.delete_many(namespace, [key]) > 0

    def delete_many(self, namespace: str, keys: Iterable[str]) -> int:
        """Remove entries in one transaction; returns how many existed."""
        wanted = list(keys)
        with self._lock:
            entries = self._entries.get(namespace, {})
            return sum(entries.pop(key, None) is not None for key in wanted)

    def replace_many(
        self,
        namespace: str,
        entries: Mapping[str, Json | bytes],
        kind: str,
        now: datetime,
        *,
        delete: Iterable[str] = (),
    ) -> None:
        """Remove, then store, in one transaction: readers see all of it or nothing."""
        gone, new = list(delete), dict(entries)
        with self._lock:
            stored = self._entries.setdefault(namespace, {})
            for key in gone:
                stored.pop(key, None)
            for key, value in new.items():
                stored[key] = next_entry(stored.get(key), namespace, key, value, kind, now)

    def search(
        self,
        *,
        namespace: str | None = None,
        prefix: str = "",
        now: datetime | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> Page[KeyValue]:
        """List entries by namespace and key; those expired at `now` are left out."""
        with self._lock:
            shown = [name for name in self._entries if not name.startswith("_")]
            spaces = {
                name: self._entries.get(name, {}) for name in (shown if namespace is None else [namespace])
            }
            found = [
                entry
                for entries in spaces.values()
                for key, entry in entries.items()
                if key.startswith(prefix) and not (now is not None and expired(entry, now))
            ]
        found.sort(key=lambda entry: (entry.namespace, entry.key))
        return Page(found[offset : None if limit is None else offset + limit], len(found))

    def items(self, namespace: str, prefix: str = "") -> Iterator[tuple[str, Json | bytes]]:
        """Yield (key, value) in the order of the keys, all from one state of the store."""
        with self._lock:
            pairs = [
                (key, entry.value)
                for key, entry in self._entries.get(namespace, {}).items()
                if key.startswith(prefix)
            ]
        pairs.sort(key=lambda pair: pair[0])
        yield from pairs
