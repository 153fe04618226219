"""What the SQL tasks need of a database: an open connection that runs one statement at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugins.jdbc._cells import Cell
from engine.plugins.jdbc._statements import Statement, place

Parameters = Mapping[str, Json]


class SqlError(Exception):
    """The database refused a statement; `position` counts characters of the statement from 0."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Result:
    """Rows of a statement that returned some, read while they are used."""

    columns: Sequence[str]
    rows: Iterator[Sequence[Cell]]


class Session(Protocol):
    """An open connection. Used by one thread, except `cancel`."""

    def execute(self, sql: str, parameters: Parameters | None, fetch_size: int | None) -> Result | None:
        """Run one statement; None when it gives no rows. With `fetch_size` rows are streamed in such steps.

        Raises SqlError, also while the rows are read.
        """

    def transaction(self) -> AbstractContextManager[object]:
        """Commit what is run inside together; roll back on an error."""

    def cancel(self) -> None:
        """Stop the running statement; called by another thread."""

    def close(self) -> None:
        """Close the connection."""


def failure(
    error: SqlError, sql: str, statement: Statement, number: int, count: int, name: str = "sql"
) -> TaskFailure:
    """Return the sentence for the author: what the database said, which statement, line and column."""
    line, column = place(sql, statement.offset + (error.position or 0))
    which = f"statement {number} of {count}, " if count > 1 else ""
    shown = statement.sql if len(statement.sql) <= 500 else f"{statement.sql[:500]} …"
    return TaskFailure(f"{str(error).strip()}\n({which}line {line}, column {column} of `{name}`)\n{shown}")
