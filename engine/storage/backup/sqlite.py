"""Reading a state of an SQLite file while others write, and putting a restored file in its place."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from engine.errors import StorageError
from engine.model.id import new_id
from engine.storage.backup.archive import Archive
from engine.storage.backup.loading import checked_columns, quoted, unfit
from engine.storage.backup.snapshot import PASSING, Snapshot
from engine.storage.sql.schema import MIGRATIONS, migrate, present
from engine.storage.sqlite.database import BUSY_SECONDS
from engine.storage.sqlite.dialect import SQLITE
from engine.storage.sqlite.failure import translated


@contextmanager
def snapshot(path: Path) -> Iterator[Snapshot]:
    """Open a state of the file; processes that use it go on. Raises StorageError when there is none."""
    if not path.is_file():
        raise StorageError(
            f"There is no database '{path}' to back up; set FLOWSMITH_HOME or FLOWSMITH_DATABASE_URL"
        )
    with translated(path), closing(_connect(path)) as connection:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")  # the first statement that reads sets the state
        names = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        if "migrations" not in names:
            raise StorageError(f"The database '{path}' is not one of flowsmith; there is nothing to back up")
        yield _SqliteSnapshot(connection, names, present(connection))


class _SqliteSnapshot:
    database = "sqlite"

    def __init__(self, connection: sqlite3.Connection, names: set[str], schema: int) -> None:
        self._connection = connection
        self._names = names
        self.schema = schema

    def tables(self) -> list[tuple[str, list[str]]]:
        kept = sorted(name for name in self._names - PASSING if not name.startswith("sqlite_"))
        return [(name, _columns(self._connection, name)) for name in kept]

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        listed = ", ".join(map(quoted, columns))
        return iter(self._connection.execute(f"SELECT {listed} FROM {quoted(table)}"))


def holds_data(path: Path) -> bool:
    """Tell whether there is a database with rows in it."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    with translated(path), closing(_connect(path)) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        kept = [name for name in names if name != "migrations" and not name.startswith("sqlite_")]
        return any(connection.execute(f"SELECT 1 FROM {quoted(name)} LIMIT 1").fetchone() for name in kept)


def load(path: Path, archive: Archive, *, any_key: bool) -> None:
    """Make the file anew from an archive. A former one is replaced in one step at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{new_id()[:8]}.restoring")
    try:
        with translated(path), closing(_connect(fresh)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")  # it is thrown away when it is not finished
            connection.execute("BEGIN")
            _fill(connection, path, archive, any_key=any_key)
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = WAL")
        _settle(path)
        fresh.replace(path)
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)


def _fill(connection: sqlite3.Connection, path: Path, archive: Archive, *, any_key: bool) -> None:
    where = f"The database '{path}'"
    migrate(connection, SQLITE, where, MIGRATIONS[: archive.manifest.schema])
    for table in archive.manifest.tables:
        columns = checked_columns(archive, table, _columns(connection, table.name))
        marks = ", ".join("?" * len(table.columns))
        insert = f"INSERT INTO {quoted(table.name)} ({columns}) VALUES ({marks})"
        try:
            connection.executemany(insert, archive.rows(table))
        except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError) as error:
            raise unfit(archive, table, error) from error
    if any_key:
        connection.execute("DELETE FROM kv WHERE namespace = '_engine' AND key = 'key'")
    migrate(connection, SQLITE, where)


def _settle(path: Path) -> None:
    """Put what the former file has in its log into the file: a log beside the restored one would ruin it."""
    if not path.exists():
        return
    with translated(path), closing(_connect(path)) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy or any(path.with_name(path.name + one).exists() for one in ("-wal", "-shm")):
        raise StorageError(f"The database '{path}' is in use; stop every process that uses it, then restore")


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)


def _names(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [name for (name,) in found]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({quoted(table)})")]
