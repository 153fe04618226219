"""Connections to MySQL and MariaDB: properties, PyMySQL session, cells."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from engine.errors import SettingsError, TaskFailure
from engine.model.json import Json, dumps
from engine.plugin import Plugin, RunContext
from engine.plugins.jdbc._cells import Cell
from engine.plugins.jdbc._session import Parameters, Result, Session, SqlError
from engine.plugins.jdbc._statements import with_placeholders
from engine.plugins.jdbc.mysql._address import address_of

if TYPE_CHECKING:
    import pymysql

_CONNECT_SECONDS = 30


class MysqlProperties(Plugin):
    """Properties of a connection to MySQL."""

    abstract: ClassVar[bool] = True
    extra_variables: ClassVar[tuple[str, ...]] = ("inputFile",)

    url: str
    """Address of the database, like `jdbc:mysql://localhost:3306/database`."""
    username: str | None = None
    """Name of the database user."""
    password: str | None = None
    """Password of the database user."""
    input_file: str | None = None
    """Address of a file for `LOAD DATA LOCAL INFILE '{{ inputFile }}'`; without it no file of this machine
    can be loaded."""

    @classmethod
    def variables_for(cls, ctx: RunContext, properties: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the place of the input file."""
        given = properties.get("inputFile")
        return {"inputFile": str(ctx.work_dir / f"input-{ctx.where.task_run_id}")} if given else {}

    def open_connection(self, ctx: RunContext, *, streams: bool = False) -> pymysql.Connection[Any]:
        """Connect with every statement committing by itself; raises TaskFailure."""
        try:
            import pymysql
            from pymysql.constants import CLIENT
            from pymysql.cursors import Cursor, SSCursor
        except ImportError as error:
            raise SettingsError(
                'MySQL tasks need the package `pymysql`; run `pip install "flowsmith[mysql]"`'
            ) from error
        address = address_of(self.url)
        file = self._input_file(ctx)
        options = {"connect_timeout": _CONNECT_SECONDS, "charset": "utf8mb4", **address.options}
        options |= {k: v for k, v in (("user", self.username), ("password", self.password)) if v}
        try:
            connection = pymysql.connect(
                host=address.host,
                port=address.port,
                database=address.database,
                autocommit=True,
                cursorclass=SSCursor if streams else Cursor,
                local_infile=file is not None,
                client_flag=CLIENT.FOUND_ROWS,  # a found row counts as changed, as with the usual JDBC driver
                conv=_conversions(),
                program_name="flowsmith",
                **options,
            )
        except (pymysql.Error, OSError) as error:
            place = f"{address.host}:{address.port}/{address.database or ''}"
            raise TaskFailure(f"Unable to connect to MySQL at {place}: {_text(error)}") from error
        return connection

    def connect(self, ctx: RunContext) -> Session:
        """Open a connection."""
        streams = getattr(self, "wanted", "NONE") == "STORE"
        connection = self.open_connection(ctx, streams=streams)
        return MysqlSession(connection, lambda: self.open_connection(ctx))

    def _input_file(self, ctx: RunContext) -> str | None:
        if not self.input_file:
            return None
        target = ctx.work_dir / f"input-{ctx.where.task_run_id}"
        return str(ctx.fetch(self.input_file, target)) if not target.exists() else str(target)


def _conversions() -> dict[Any, Any]:
    """Return how values are read: a zero date, which no calendar has, is NULL; the rest as usual."""
    from pymysql.constants import FIELD_TYPE
    from pymysql.converters import conversions, escape_item

    found: dict[Any, Any] = {
        **conversions,
        dict: lambda value, mapping=None: escape_item(dumps(value).decode(), "utf8mb4"),
    }
    for kind in (FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP):
        read = conversions[kind]
        found[kind] = lambda text, read=read: _unless_zero(text, read)
    found[FIELD_TYPE.BIT] = lambda data: bool(data[0]) if len(data) == 1 else data
    return found


def _unless_zero(text: str, read: Any) -> Cell:
    value = read(text)
    return None if isinstance(value, str) and value.startswith("0000-00-00") else value


class MysqlSession(Session):
    """A PyMySQL connection in autocommit mode; a second one stops a running statement."""

    def __init__(self, connection: pymysql.Connection[Any], again: Callable[[], Any]) -> None:
        self._connection = connection
        self._again = again

    def execute(self, sql: str, parameters: Parameters | None, fetch_size: int | None) -> Result | None:
        """Run one statement; with `fetch_size` rows come one by one from the server."""
        with sql_errors():
            cursor = self._connection.cursor()
            cursor.execute(*_prepared(sql, parameters))
            if cursor.description is None:
                cursor.close()
                return None
            return Result([column[0] for column in cursor.description], _rows(cursor))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Open a transaction; statements that change tables commit it, as MySQL does."""
        with sql_errors():
            self._connection.begin()
        try:
            yield
        except BaseException:
            with contextlib.suppress(Exception):  # the first error is the one to tell
                self._connection.rollback()
            raise
        with sql_errors():
            self._connection.commit()

    def cancel(self) -> None:
        """Ask the server to stop the running statement."""
        with contextlib.suppress(Exception):  # it may have ended meanwhile; there is nobody to tell
            other = self._again()
            try:
                other.cursor().execute(f"KILL QUERY {int(_thread_of(self._connection))}")
            finally:
                other.close()

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(Exception):  # the server may have closed it
            self._connection.close()


def _thread_of(connection: Any) -> Any:
    """Return the server's number of a connection."""
    return connection.thread_id()


def _rows(cursor: Any) -> Iterator[Sequence[Cell]]:
    with sql_errors():
        yield from cursor


def _prepared(sql: str, parameters: Parameters | None) -> tuple[str, dict[str, Any] | None]:
    if parameters is None:
        return sql, None
    text = with_placeholders(sql, lambda name: f"%({name})s", lambda other: other.replace("%", "%%"))
    return text, {name: bindable(value) for name, value in parameters.items()}


def bindable(value: Any) -> Any:
    """Return a value as the driver binds it: a map or list is JSON; moments are written in UTC."""
    if isinstance(value, dict | list):
        return dumps(value).decode()
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


@contextlib.contextmanager
def sql_errors() -> Iterator[None]:
    """Turn the driver's errors into SqlError."""
    import pymysql

    try:
        yield
    except (pymysql.Error, OSError) as error:
        raise SqlError(_text(error)) from error


def _text(error: BaseException) -> str:
    """Write `(1064, "You have an error …")` as `ERROR 1064: You have an error …`."""
    if len(error.args) >= 2 and isinstance(error.args[0], int):
        return f"ERROR {error.args[0]}: {error.args[1]}"
    return str(error)
