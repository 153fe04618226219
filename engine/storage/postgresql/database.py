"""Connections to one PostgreSQL database: a small pool of them, each used by one thread at a time."""

from __future__ import annotations

import select
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, TypeAlias

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from engine.errors import StorageError
from engine.storage.postgresql.dialect import POSTGRESQL, SCHEMA
from engine.storage.postgresql.failure import translated
from engine.storage.postgresql.setup import prepare
from engine.storage.sql.database import Connection, Cursor

Pg: TypeAlias = "psycopg.Connection[Any]"

MOST_CONNECTIONS = 16
WAIT_SECONDS = 30.0
"""How long to wait for a connection that another thread uses."""

_FROZEN_MS = 10_000
_NETWORK: dict[str, str | int] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "flowsmith",
}


class PostgresDatabase:
    """A database that many processes read and write at the same time.

    A connection that broke is thrown away, and the next one is opened anew: a restart of the server costs
    the transactions that were under way and nothing else.
    """

    dialect = POSTGRESQL

    def __init__(self, url: str) -> None:
        self.url, self._conninfo, self.place = _checked(url)
        self._idle: deque[Pg] = deque()
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._writing: set[int] = set()
        self._closed = False
        with translated(self.place), self.connect() as first:
            prepare(first, self.place)
            self._idle.append(self.connect())

    def connect(self) -> Pg:
        """Open a connection of one's own; whoever asks closes it."""
        connection: Pg = psycopg.connect(self._conninfo, autocommit=True)
        try:
            # A process that is frozen in a transaction would hold its locks for ever.
            connection.execute(
                f"SET search_path = {SCHEMA}; SET idle_in_transaction_session_timeout = {_FROZEN_MS}; "
                "SET client_min_messages = warning; SET client_encoding = 'UTF8'"
            )
        except BaseException:
            connection.close()
            raise
        return connection

    @staticmethod
    def raw(connection: Connection) -> Pg:
        """Return the connection of psycopg behind one that was lent."""
        assert isinstance(connection, _Statements)
        return connection.raw

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection for reading; it is used by one thread at a time."""
        with translated(self.place):
            connection = self._borrow()
            try:
                yield _Statements(connection)
            finally:
                self._give_back(connection)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a writing transaction. A thread that has one open must not open another."""
        with self._transaction(pipelined=False) as connection:
            yield connection

    @contextmanager
    def _transaction(self, *, pipelined: bool) -> Iterator[Connection]:
        me = threading.get_ident()
        if me in self._writing:
            raise RuntimeError("a writing transaction is open in this thread already")
        with translated(self.place):
            connection = self._borrow()
            self._writing.add(me)
            try:
                with connection.pipeline() if pipelined else nullcontext():
                    connection.execute("BEGIN")
                    yield _Statements(connection)
                    connection.execute("COMMIT")
            except BaseException:
                with suppress(psycopg.Error):
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._writing.discard(me)
                self._give_back(connection)

    @contextmanager
    def step(self) -> Iterator[Connection]:
        """Open a writing transaction whose statements wait for answers only where rows are read.

        That saves about half of the ways to the server and back, and each of them costs more time of the
        processor, here and there, than a row does.
        """
        with self._transaction(pipelined=psycopg.Pipeline.is_supported()) as connection:
            yield connection

    def _borrow(self) -> Pg:
        if self._closed:
            raise StorageError(f"The database {self.place} is closed")
        if not self._free.acquire(timeout=WAIT_SECONDS):
            raise StorageError(
                f"All {MOST_CONNECTIONS} connections to the database {self.place} are in use for "
                f"{WAIT_SECONDS:.0f} s; it is too slow, or something holds a lock"
            )
        try:
            while self._idle:
                with suppress(IndexError):
                    connection = self._idle.pop()
                    if _is_whole(connection):
                        return connection
                    connection.close()
            return self.connect()
        except BaseException:
            self._free.release()
            raise

    def _give_back(self, connection: Pg) -> None:
        self._free.release()
        idle = psycopg.pq.TransactionStatus.IDLE
        if self._closed or connection.closed or connection.info.transaction_status != idle:
            connection.close()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        """Close every connection; one that is in use is closed when it is given back."""
        self._closed = True
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()


class _Statements:
    """A connection as the shared statements use it."""

    __slots__ = ("raw",)

    def __init__(self, connection: Pg) -> None:
        self.raw = connection

    def execute(self, sql: str, parameters: Sequence[Any] | None = None, /) -> Cursor:
        """Run a statement once."""
        return self.raw.cursor().execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Cursor:
        """Run a statement for every row, all of them on their way before the first answer is read."""
        cursor = self.raw.cursor()
        listed = list(rows)
        if not listed:
            return _NOTHING
        cursor.executemany(sql, listed)
        return cursor


class _Nothing:
    """What a statement for no rows did."""

    rowcount = 0

    def fetchone(self) -> None:
        """No row."""

    def fetchall(self) -> list[Any]:
        """No rows."""
        return []

    def fetchmany(self, size: int, /) -> list[Any]:
        """No rows."""
        return []

    def __iter__(self) -> Iterator[Any]:
        return iter(())


_NOTHING = _Nothing()


def _is_whole(connection: Pg) -> bool:
    """Tell whether an idle connection can be used: the server has not hung up meanwhile."""
    if connection.closed:
        return False
    try:
        waiting, _, _ = select.select([connection.fileno()], [], [], 0)
    except (OSError, ValueError, psycopg.Error):
        return False
    return not waiting


def _checked(url: str) -> tuple[str, str, str]:
    """Return the address, with our network settings, and what may be told of it: never the password."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise StorageError(
            "The database address cannot be read; write postgresql://user:password@host:5432/database "
            "(special characters of the password as %XX)"
        ) from None
    place = f"'{given.get('dbname') or given.get('user') or ''}' on {given.get('host') or 'this machine'}"
    if given.get("port"):
        place += f":{given['port']}"
    wanted = {name: value for name, value in _NETWORK.items() if name not in given}
    return url, make_conninfo(url, **wanted), place
