"""Key-value entries, on a database: JSON in one column, raw bytes in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from engine.model.json import Json, loads
from engine.model.moment import from_text, to_text
from engine.storage.entry import check_absent, next_entry
from engine.storage.ports import KeyValue, Page
from engine.storage.sql.database import Connection, Database, guard
from engine.storage.sql.text import clean, json_text, moment_from, moment_or_null
from engine.storage.sql.where import Where

_COLUMNS = "namespace, key, kind, revision, created, updated, expires, description, value, raw"
_CHUNK = 500


class SqlKeyValues:
    """Values by namespace and key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = sql = database.dialect.sql
        self._get = sql(f"SELECT {_COLUMNS} FROM kv WHERE namespace = ? AND key = ?")
        self._delete = sql("DELETE FROM kv WHERE namespace = ? AND key = ?")
        insert = f"INSERT INTO kv ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        replaced = ("kind", "updated", "expires", "description", "value", "raw")
        update = ", ".join(f"{column} = excluded.{column}" for column in replaced)
        on_conflict = f"{insert} ON CONFLICT (namespace, key) DO UPDATE SET {update}, revision ="
        self._replace = sql(f"{on_conflict} excluded.revision, created = excluded.created")
        self._upsert = sql(f"{on_conflict} kv.revision + 1")

    def get(self, namespace: str, key: str) -> KeyValue | None:
        """Return the entry, also when it has expired."""
        with self._database.read() as connection:
            row = connection.execute(self._get, (namespace, key)).fetchone()
        return None if row is None else _entry(row)

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
        with self._database.write() as connection:
            guard(connection, self._database.dialect, "kv", namespace)
            row = connection.execute(self._get, (namespace, key)).fetchone()
            before = None if row is None else _entry(row)
            if not overwrite:
                check_absent(before, now)
            entry = next_entry(
                before, namespace, key, value, kind, now, expires=expires, description=description
            )
            connection.execute(self._replace, _values(entry))
        return entry

    def put_many(self, namespace: str, entries: Mapping[str, Json | bytes], kind: str, now: datetime) -> None:
        """Store many values in one transaction."""
        self.replace_many(namespace, entries, kind, now)

    def delete(self, namespace: str, key: str) -> bool:
        """Remove the entry; tells whether it existed."""
        return self.delete_many(namespace, [key]) > 0

    def delete_many(self, namespace: str, keys: Iterable[str]) -> int:
        """Remove entries in one transaction; returns how many existed."""
        with self._database.write() as connection:
            guard(connection, self._database.dialect, "kv", namespace)
            return self._remove(connection, namespace, keys)

    def _remove(self, connection: Connection, namespace: str, keys: Iterable[str]) -> int:
        return connection.executemany(self._delete, ((namespace, key) for key in keys)).rowcount

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
        with self._database.write() as connection:
            guard(connection, self._database.dialect, "kv", namespace)
            self._remove(connection, namespace, delete)
            new = (
                KeyValue(namespace, key, value, kind, created=now, updated=now)
                for key, value in entries.items()
            )
            connection.executemany(self._upsert, (_values(entry) for entry in new))

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
        where = Where()
        where.equal(namespace=namespace)
        if namespace is None:
            where.add("substr(namespace, 1, 1) <> '_'")
        where.begins("key", prefix)
        if now is not None:
            where.add("(expires IS NULL OR expires > ?)", to_text(now))
        sql = self._sql(f"SELECT {_COLUMNS} FROM kv{where} ORDER BY namespace, key LIMIT ? OFFSET ?")
        most = 1 << 62 if limit is None else limit
        with self._database.read() as connection:
            rows = connection.execute(sql, (*where.values, most, offset)).fetchall()
            total = offset + len(rows)
            if len(rows) == limit or (offset and not rows):
                count = self._sql(f"SELECT COUNT(*) FROM kv{where}")
                (total,) = connection.execute(count, where.values).fetchone()
        return Page([_entry(row) for row in rows], total)

    def items(self, namespace: str, prefix: str = "") -> Iterator[tuple[str, Json | bytes]]:
        """Yield (key, value) in the order of the keys, all from one state of the database."""
        where = Where()
        where.equal(namespace=namespace)
        where.begins("key", prefix)
        sql = self._sql(f"SELECT key, value, raw FROM kv{where} ORDER BY key")
        with self._database.read() as connection:
            cursor = connection.execute(sql, where.values)
            while rows := cursor.fetchmany(_CHUNK):
                for key, value, raw in rows:
                    yield key, loads(value) if raw is None else raw


def _values(entry: KeyValue) -> tuple[Any, ...]:
    raw = entry.value if isinstance(entry.value, bytes) else None
    return (
        entry.namespace,
        entry.key,
        entry.kind,
        entry.revision,
        to_text(entry.created),
        to_text(entry.updated),
        moment_or_null(entry.expires),
        None if entry.description is None else clean(entry.description),
        None if raw is not None else json_text(entry.value),
        raw,
    )


def _entry(row: Any) -> KeyValue:
    namespace, key, kind, revision, created, updated, expires, description, value, raw = row
    return KeyValue(
        namespace,
        key,
        loads(value) if raw is None else bytes(raw),
        kind,
        created=from_text(created),
        updated=from_text(updated),
        revision=revision,
        expires=moment_from(expires),
        description=description,
    )
