"""What the statements need of a database: connections to read from and one transaction to write in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from engine.storage.ports import Changes
from engine.storage.sql.dialect import Dialect

Row = tuple[Any, ...]
"""Column values in the order of the SELECT."""


class Cursor(Protocol):
    """The rows of a statement, or how many it touched."""

    @property
    def rowcount(self) -> int:
        """Number of rows inserted, updated or deleted."""

    def fetchone(self) -> Any:
        """Return the next row or None."""

    def fetchall(self) -> list[Any]:
        """Return the remaining rows."""

    def fetchmany(self, size: int, /) -> list[Any]:
        """Return at most `size` more rows."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the remaining rows."""


class Connection(Protocol):
    """Runs statements whose placeholders are those of the dialect."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Cursor:
        """Run a statement once."""

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Cursor:
        """Run a statement for every row."""


def guard(connection: Connection, dialect: Dialect, *key: str) -> None:
    """Let one transaction at a time go on for a key; where only one writes anyway, nothing is to be done."""
    if dialect.guard is not None:
        connection.execute(dialect.guard, ("/".join(key),))


class Beside(Protocol):
    """What is written along with every step of an executor, where other processes are to know of it."""

    def finish(self, connection: Connection, changes: Iterable[Changes], owner: str | None) -> None:
        """Write it at the end of the transaction."""


class Database(Protocol):
    """Gives out connections; every database error leaves it as StorageError."""

    @property
    def dialect(self) -> Dialect:
        """How this database spells things."""

    def read(self) -> AbstractContextManager[Connection]:
        """Lend a connection for reading; one statement sees one state of the database."""

    def write(self) -> AbstractContextManager[Connection]:
        """Open the writing transaction; commits at the end, rolls back on an error. Not to be nested."""

    def step(self) -> AbstractContextManager[Connection]:
        """Open the writing transaction of a step, whose statements may be on their way before the one before
        them is answered: read rows where they are needed, and no `rowcount`."""

    def close(self) -> None:
        """Release every connection."""
