"""Databases of SQLite: where they are, the session, files in and out."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from engine.errors import TaskFailure
from engine.model.json import Json, dumps
from engine.plugin import RunContext
from engine.plugins.jdbc._cells import Cell
from engine.plugins.jdbc._query import SqlProperties
from engine.plugins.jdbc._session import Parameters, Result, Session, SqlError
from engine.plugins.scripts._files import Patterns, collect, inside

_SCHEME = "jdbc:sqlite:"


class SqliteProperties(SqlProperties):
    """Where the database is, and the files around it."""

    abstract: ClassVar[bool] = True
    extra_variables: ClassVar[tuple[str, ...]] = ("workingDir", "outputFiles")

    url: str = _SCHEME
    """Address of the database: `jdbc:sqlite:` for one in memory, `jdbc:sqlite:/folder/file.db` for a file."""
    sqlite_file: str | None = None
    """Address of a database file to work on; `url` then only names it."""
    output_db_file: bool = False
    """Keep the database file as the output `databaseUri`."""
    output_files: Patterns = []
    """Patterns of files in the working directory to keep."""

    @classmethod
    def variables_for(cls, ctx: RunContext, properties: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the working directory and a place for every output file."""
        names = ctx.render(properties.get("outputFiles"))
        names = names if isinstance(names, list) else [names] if names else []
        return {
            "workingDir": str(ctx.work_dir),
            "outputFiles": {str(name): str(ctx.work_dir / str(name)) for name in names},
        }

    def connect(self, ctx: RunContext) -> Session:
        """Open the database."""
        place = self.place(ctx)
        if self.sqlite_file and place is not None:
            ctx.fetch(self.sqlite_file, place)
        try:
            connection = sqlite3.connect(
                place or ":memory:", isolation_level=None, check_same_thread=False, timeout=30
            )
        except sqlite3.Error as error:
            raise TaskFailure(f"url: '{self.url}' cannot be opened: {error}") from error
        return SqliteSession(connection)

    def place(self, ctx: RunContext) -> Path | None:
        """Return the database file, None for a database in memory."""
        if not self.url.startswith(_SCHEME):
            raise TaskFailure(
                f"url: '{self.url}' is not a SQLite address; "
                f"write jdbc:sqlite: or jdbc:sqlite:/folder/file.db"
            )
        name = self.url.removeprefix(_SCHEME).partition("?")[0]
        in_memory = name in ("", ":memory:")
        if self.sqlite_file or self.output_db_file:
            return inside(ctx.work_dir, "database.sqlite" if in_memory else Path(name).name)
        if in_memory:
            return None
        return Path(name) if name.startswith("/") else inside(ctx.work_dir, name)

    def files(self, ctx: RunContext) -> dict[str, str]:
        """Store the output files, once the database is closed."""
        place = self.place(ctx)
        return collect(ctx, self.output_files, ctx.work_dir, frozenset({place} if place else ()))

    def database(self, ctx: RunContext) -> str | None:
        """Store the database file if that is wanted, once the database is closed."""
        place = self.place(ctx)
        return ctx.put(place.name, place) if self.output_db_file and place is not None else None


class SqliteSession(Session):
    """A connection to SQLite in autocommit mode."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._closed = False

    def execute(self, sql: str, parameters: Parameters | None, fetch_size: int | None) -> Result | None:
        """Run one statement; rows are read one by one."""
        with _sql_errors():
            values = {name: _bindable(value) for name, value in (parameters or {}).items()}
            cursor = self._connection.execute(sql, values)
            if cursor.description is None:
                return None
            columns = [str(column[0]) for column in cursor.description]
            return Result(columns, self._rows(cursor))

    def _rows(self, cursor: sqlite3.Cursor) -> Iterator[Sequence[Cell]]:
        with _sql_errors():
            yield from cursor

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction."""
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        with _sql_errors():
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")

    def cancel(self) -> None:
        """Stop the running statement."""
        with self._lock:
            if not self._closed:
                self._connection.interrupt()

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._closed = True
            self._connection.close()


def _bindable(value: Json) -> Json:
    return dumps(value).decode() if isinstance(value, dict | list) else value


@contextlib.contextmanager
def _sql_errors() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise SqlError(f"{error}") from error
