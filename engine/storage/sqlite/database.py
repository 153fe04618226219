"""Connections to one SQLite file: one that writes, and as many as are needed that read."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.errors import StorageError
from engine.storage.sql.database import Connection
from engine.storage.sql.schema import migrate
from engine.storage.sqlite.dialect import SQLITE
from engine.storage.sqlite.failure import translated

BUSY_SECONDS = 30.0
"""How long to wait for another process that is writing."""

_CHECKPOINT_PAGES = 4000
_STATEMENTS = 256


class SqliteDatabase:
    """A file in write-ahead mode: readers never wait, one transaction writes at a time.

    With synchronous=NORMAL a commit is safe when the process dies; when the machine loses power the last
    commits may be lost, but the file stays whole.
    """

    dialect = SQLITE

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._writing: int | None = None
        self._idle: deque[sqlite3.Connection] = deque()
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"The folder of the database '{path}' cannot be made: {error}") from error
        with translated(path):
            self._writer = self._open()
        try:
            with translated(path):
                self._prepare()
        except BaseException:
            self._writer.close()
            raise

    def _open(self) -> sqlite3.Connection:
        """Open a connection; the transactions are begun and ended by us alone."""
        return sqlite3.connect(
            self._path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
        )

    def _prepare(self) -> None:
        writer = self._writer
        _refuse_foreign(writer, self._path)
        _to_write_ahead(writer, self._path)
        writer.execute("PRAGMA synchronous = NORMAL")
        writer.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        writer.execute("PRAGMA journal_size_limit = 67108864")
        writer.execute("PRAGMA cache_size = -32768")
        with self.write() as connection:
            migrate(connection, SQLITE, f"The database '{self._path}'")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection for reading; it is used by one thread at a time."""
        with translated(self._path):
            connection = self._borrow()
            try:
                yield connection
            finally:
                if self._closed:
                    connection.close()
                else:
                    self._idle.append(connection)

    def _borrow(self) -> sqlite3.Connection:
        if self._closed:
            raise StorageError(f"The database '{self._path}' is closed")
        try:
            return self._idle.pop()
        except IndexError:
            connection = self._open()
            connection.execute("PRAGMA query_only = ON")
            return connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open the writing transaction. A thread that has one open must not open another."""
        if self._writing == threading.get_ident():
            raise RuntimeError("a writing transaction is open in this thread already")
        with self._lock, translated(self._path):
            if self._closed:
                raise StorageError(f"The database '{self._path}' is closed")
            writer = self._writer
            writer.execute("BEGIN IMMEDIATE")
            self._writing = threading.get_ident()
            try:
                yield writer
                writer.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    if writer.in_transaction:
                        writer.execute("ROLLBACK")
                raise
            finally:
                self._writing = None

    step = write

    def close(self) -> None:
        """Close every connection; a reader that is still under way closes its own when it is done."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            while self._idle:
                self._idle.pop().close()
            self._writer.close()


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if names and "migrations" not in names:
        raise StorageError(
            f"The database '{path}' belongs to something else (it has a table '{min(names)}'); "
            "give another file as database"
        )


def _to_write_ahead(connection: sqlite3.Connection, path: Path) -> None:
    """Switch the file to write-ahead mode; SQLite itself does not wait here for other processes."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            break
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    if mode != "wal":
        raise StorageError(
            f"The folder of the database '{path}' cannot hold a write-ahead log (mode '{mode}'); "
            "use a folder on a local disk"
        )
