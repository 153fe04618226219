"""What the tests of retrieval share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

import pytest

from engine.errors import Conflict
from engine.model.json import Json
from engine.storage.ports import KeyValue, Page


class DictKeyValueStore:
    """The key-value port over a dict."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], KeyValue] = {}

    def get(self, namespace: str, key: str) -> KeyValue | None:
        return self.entries.get((namespace, key))

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
        before = self.entries.get((namespace, key))
        if before and not overwrite:
            raise Conflict(f"{key} exists")
        entry = KeyValue(
            namespace,
            key,
            value,
            kind,
            before.created if before else now,
            now,
            before.revision + 1 if before else 1,
            expires,
            description,
        )
        self.entries[namespace, key] = entry
        return entry

    def put_many(self, namespace: str, entries: Mapping[str, Json | bytes], kind: str, now: datetime) -> None:
        for key, value in entries.items():
            self.put(namespace, key, value, kind, now)

    def delete(self, namespace: str, key: str) -> bool:
        return self.entries.pop((namespace, key), None) is not None

    def delete_many(self, namespace: str, keys: Iterable[str]) -> int:
        return sum(self.delete(namespace, key) for key in keys)

    def replace_many(
        self,
        namespace: str,
        entries: Mapping[str, Json | bytes],
        kind: str,
        now: datetime,
        *,
        delete: Iterable[str] = (),
    ) -> None:
        self.delete_many(namespace, delete)
        self.put_many(namespace, entries, kind, now)

    def search(
        self,
        *,
        namespace: str | None = None,
        prefix: str = "",
        now: datetime | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> Page[KeyValue]:
        found = [
            entry
            for (space, key), entry in sorted(self.entries.items())
            if namespace in (None, space) and key.startswith(prefix)
        ]
        return Page(found[offset : None if limit is None else offset + limit], len(found))

    def items(self, namespace: str, prefix: str = "") -> Iterator[tuple[str, Json | bytes]]:
        found = [name for name in self.entries if name[0] == namespace and name[1].startswith(prefix)]
        for name in sorted(found):
            yield name[1], self.entries[name].value


@pytest.fixture
def kv() -> DictKeyValueStore:
    """An empty store."""
    return DictKeyValueStore()


@pytest.fixture
def moment() -> datetime:
    """A fixed time."""
    return datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
