"""Databases of DuckDB: where they are, the session, files in and out."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from engine.errors import TaskFailure
from engine.model.json import Json, loads
from engine.plugin import RunContext
from engine.plugins.jdbc._cells import Cell
from engine.plugins.jdbc._query import SqlProperties
from engine.plugins.jdbc._session import Parameters, Result, Session, SqlError
from engine.plugins.jdbc._statements import Statement, with_placeholders
from engine.plugins.scripts._files import InputFiles, Patterns, collect, inside, write_inputs

if TYPE_CHECKING:
    import duckdb

_SCHEME = "jdbc:duckdb:"
_SETTING = re.compile(r"SET\s+(?:(?:GLOBAL|SESSION|LOCAL)\s+)?file_search_path\b", re.IGNORECASE)
_FETCH_ROWS = 10_000
_QUERIES = frozenset({"SELECT", "CALL", "PRAGMA", "EXPLAIN", "EXECUTE", "RELATION"})


class DuckdbProperties(SqlProperties):
    """Where the database is, and the files around it."""

    abstract: ClassVar[bool] = True
    extra_variables: ClassVar[tuple[str, ...]] = ("workingDir", "outputFiles", "dbFilePath")

    url: str = _SCHEME
    """Address of the database: `jdbc:duckdb:` for one of this run's own, `jdbc:duckdb:/folder/file.db` for
    a file of this machine, `jdbc:duckdb::memory:` for memory only, `jdbc:duckdb:md:…` for MotherDuck."""
    input_files: InputFiles | None = None
    """Files to write into the working directory, where the SQL finds them by name."""
    output_files: Patterns = []
    """Names of files the SQL writes: `COPY … TO '{{ outputFiles.name }}'`; patterns of files in the working
    directory are kept too."""
    database_uri: str | None = None
    """Address of a database file to work on."""
    output_db_file: bool = False
    """Keep the database file as the output `databaseUri`."""
    community_extensions: list[str] = []
    """Community extensions to install and load; one that cannot be loaded is a warning."""

    @classmethod
    def variables_for(cls, ctx: RunContext, properties: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the working directory, a place for every output file, and the database file."""
        names = ctx.render(properties.get("outputFiles"))
        if isinstance(names, str):
            names = loads(names) if names.lstrip().startswith("[") else [names]
        return {
            "workingDir": str(ctx.work_dir),
            "outputFiles": {str(name): str(ctx.work_dir / str(name)) for name in names or []},
            "dbFilePath": str(_own_file(ctx)),
        }

    def connect(self, ctx: RunContext) -> Session:
        """Open the database; the working directory is where files are looked for."""
        import duckdb

        folder = ctx.work_dir
        write_inputs(ctx, self.input_files, folder)
        database = self._database(ctx)
        try:
            connection = duckdb.connect(database, config={"allow_unsigned_extensions": False})
        except duckdb.Error as error:
            raise TaskFailure(f"url: '{self.url}' cannot be opened: {error}") from error
        search = [str(folder)]
        if database.startswith("/") and Path(database).parent != folder:
            search.append(str(Path(database).parent))
        # It would be drawn on the output of the service, for whoever started it.
        connection.execute("SET enable_progress_bar = false")
        _set(connection, "file_search_path", ",".join(search))
        _set(connection, "TimeZone", str(self.zone(ctx)))
        for name in self.community_extensions:
            self._load(ctx, connection, name)
        return DuckdbSession(connection)

    def _database(self, ctx: RunContext) -> str:
        if not self.url.startswith(_SCHEME):
            raise TaskFailure(f"url: '{self.url}' is not a DuckDB address; write jdbc:duckdb:")
        name = self.url.removeprefix(_SCHEME).partition("?")[0]
        if name.startswith(("md:", "motherduck:")) or name == ":memory:":
            return name
        if name.startswith("/"):
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            return name
        place = _own_file(ctx) if not name else inside(ctx.work_dir, name)
        if self.database_uri:
            ctx.fetch(self.database_uri, place)
        return str(place)

    def _load(self, ctx: RunContext, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        import duckdb

        if not re.fullmatch(r"\w+", name):
            raise TaskFailure(f"communityExtensions: '{name}' is not the name of an extension")
        try:
            connection.execute(f"INSTALL {name} FROM community; LOAD {name}")
        except duckdb.Error as error:
            ctx.warn(f"The extension {name} cannot be loaded: {error}")

    def cell(self, value: Cell, zone: tzinfo) -> Cell:
        """Return what a cell means: a moment without offset is in the task's zone."""
        return value.replace(tzinfo=zone) if isinstance(value, datetime) and value.tzinfo is None else value

    def is_setting(self, statement: Statement) -> bool:
        """Tell whether a statement only says where files are looked for."""
        return _SETTING.match(statement.sql) is not None

    def files(self, ctx: RunContext) -> dict[str, str]:
        """Store the output files, once the database is closed."""
        own = frozenset({_own_file(ctx), Path(f"{_own_file(ctx)}.wal")})
        return collect(ctx, self.output_files, ctx.work_dir, own)

    def database(self, ctx: RunContext) -> str | None:
        """Store the database file if that is wanted, once the database is closed."""
        if not self.output_db_file:
            return None
        path = Path(self._where(ctx))
        if not path.is_file():
            raise TaskFailure(f"outputDbFile: '{self.url}' has no file to keep; leave `url` out")
        return ctx.put("database.duckdb", path)

    def _where(self, ctx: RunContext) -> str:
        name = self.url.removeprefix(_SCHEME).partition("?")[0]
        if name.startswith("/"):
            return name
        return str(ctx.work_dir / name if name else _own_file(ctx))


class DuckdbSession(Session):
    """A connection to DuckDB; rows are always streamed."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._closed = False

    def execute(self, sql: str, parameters: Parameters | None, fetch_size: int | None) -> Result | None:
        """Run one statement."""
        text = sql
        if parameters is not None:
            text = with_placeholders(sql, lambda name: f"${name}", lambda other: other)
        with _sql_errors(text):
            kinds = [statement.type.name for statement in self._connection.extract_statements(text)]
            self._connection.execute(text, dict(parameters) if parameters else None)
            description = self._connection.description
            if not description or not kinds or _is_change(kinds[-1], [column[0] for column in description]):
                return None
            columns = [str(column[0]) for column in description]
            return Result(columns, self._rows(fetch_size or _FETCH_ROWS))

    def _rows(self, size: int) -> Iterator[Sequence[Cell]]:
        with _sql_errors():
            while rows := self._connection.fetchmany(size):
                yield from rows

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction."""
        self._connection.begin()
        try:
            yield
        except BaseException:
            with contextlib.suppress(Exception):  # the first error is the one to tell
                self._connection.rollback()
            raise
        with _sql_errors():
            self._connection.commit()

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


def _is_change(kind: str, columns: Sequence[str]) -> bool:
    """Tell whether the rows are no rows: DuckDB answers changes with their number or with `Success`."""
    return list(columns) in (["Count"], ["Success"]) and kind not in _QUERIES


def _own_file(ctx: RunContext) -> Path:
    return ctx.work_dir / f"{ctx.where.task_run_id or 'trigger'}.duckdb"


def _set(connection: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    doubled = value.replace("'", "''")
    connection.execute(f"SET {name} = '{doubled}'")


_LINE = re.compile(r"^(LINE (\d+): )(.*)\n( *)\^", re.MULTILINE)


@contextlib.contextmanager
def _sql_errors(sql: str = "") -> Iterator[None]:
    import duckdb

    try:
        yield
    except (duckdb.Error, RuntimeError) as error:  # RuntimeError: an interrupted query
        text = str(error).strip()
        raise SqlError(text, _position(text, sql)) from error


def _position(message: str, sql: str) -> int | None:
    """Return where the caret under the line DuckDB shows points to; long lines are shown shortened."""
    found = _LINE.search(message)
    if found is None:
        return None
    start = sum(len(line) for line in sql.splitlines(keepends=True)[: int(found[2]) - 1])
    shortened = found[3].startswith("...")
    return start if shortened else start + max(0, len(found[4]) - len(found[1]))
