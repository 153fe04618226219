"""Connections to PostgreSQL: properties, psycopg session, cells."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from engine.errors import TaskFailure
from engine.model.id import new_id
from engine.model.json import Json
from engine.plugin import Plugin, RunContext
from engine.plugins.jdbc._cells import Cell
from engine.plugins.jdbc._session import Parameters, Result, Session, SqlError
from engine.plugins.jdbc._statements import with_placeholders
from engine.plugins.jdbc.postgresql._address import libpq_options

if TYPE_CHECKING:
    import psycopg

_CONNECT_SECONDS = "30"
_VOID_OID = 2278


class PostgresProperties(Plugin):
    """TLS properties of a PostgreSQL connection."""

    abstract: ClassVar[bool] = True

    url: str
    """Address of the database, like `jdbc:postgresql://localhost:5432/database`."""
    username: str | None = None
    """Name of the database user."""
    password: str | None = None
    """Password of the database user."""
    ssl: bool = False
    """Encrypt the connection and check the server's certificate, unless `sslMode` says otherwise."""
    ssl_mode: Literal["DISABLE", "ALLOW", "PREFER", "REQUIRE", "VERIFY_CA", "VERIFY_FULL"] | None = None
    """How far encryption and the check of the server's certificate go."""
    ssl_root_cert: str | None = None
    """Certificate of the authority, as PEM text."""
    ssl_cert: str | None = None
    """Certificate of the client, as PEM text."""
    ssl_key: str | None = None
    """Key of the client, as PEM text."""
    ssl_key_password: str | None = None
    """Password of the key."""

    def open_connection(self, ctx: RunContext) -> psycopg.Connection[Any]:
        """Connect with every statement committing by itself; raises TaskFailure."""
        import psycopg

        options = {"connect_timeout": _CONNECT_SECONDS, "application_name": "flowsmith"}
        options |= libpq_options(self.url) | self._login() | self._tls(ctx)
        try:
            connection = psycopg.connect(autocommit=True, **options)  # type: ignore[arg-type]  # all texts
        except psycopg.Error as error:
            place = f"{options.get('host')}:{options.get('port', 5432)}/{options.get('dbname', '')}"
            raise TaskFailure(f"Unable to connect to PostgreSQL at {place}: {str(error).strip()}") from error
        try:
            _register(connection, ctx)
        except BaseException:
            connection.close()
            raise
        return connection

    def connect(self, ctx: RunContext) -> Session:
        """Open a connection."""
        return PostgresSession(self.open_connection(ctx))

    def _login(self) -> dict[str, str]:
        given = {"user": self.username, "password": self.password}
        return {name: value for name, value in given.items() if value}

    def _tls(self, ctx: RunContext) -> dict[str, str]:
        options: dict[str, str] = {}
        if self.ssl_mode:
            options["sslmode"] = self.ssl_mode.lower().replace("_", "-")
        elif self.ssl:
            options["sslmode"] = "verify-full"
            if not self.ssl_root_cert:
                options["sslrootcert"] = "system"
        for name, text in (("rootcert", self.ssl_root_cert), ("cert", self.ssl_cert), ("key", self.ssl_key)):
            if text:
                options[f"ssl{name}"] = str(_private_file(ctx.work_dir / f"ssl-{name}-{new_id()}.pem", text))
        if self.ssl_key and "ENCRYPTED" in self.ssl_key and not self.ssl_key_password:
            raise TaskFailure("sslKey: the key is encrypted; give its password as `sslKeyPassword`")
        if self.ssl_key_password:
            options["sslpassword"] = self.ssl_key_password
        return options


def _private_file(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text.strip() + "\n", "utf-8")
    return path


class PostgresSession(Session):
    """A psycopg connection in autocommit mode."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Parameters | None, fetch_size: int | None) -> Result | None:
        """Run one statement; with `fetch_size` rows come in chunks, never all at once."""
        with sql_errors():
            cursor = self._connection.cursor()
            text, values = _prepared(sql, parameters)
            if fetch_size is not None:
                return self._stream(cursor, text, values, fetch_size)
            cursor.execute(text, values)
            if cursor.description is None:
                return None
            return Result([column.name for column in cursor.description], iter(cursor))

    def _stream(
        self, cursor: psycopg.Cursor[Any], text: Any, values: Mapping[str, Json] | None, size: int
    ) -> Result | None:
        import psycopg

        chunked = psycopg.capabilities.has_stream_chunked()
        rows = cursor.stream(text, values, size=size if chunked else 1)
        try:
            first = next(rows, None)  # runs the statement
        except psycopg.ProgrammingError as error:
            if error.sqlstate is not None:
                raise
            return None  # not the server's: the statement was run, but gives no rows to stream
        columns = [column.name for column in cursor.description or ()]  # unknown where there is no row
        return Result(columns, _streamed(first, rows))

    def transaction(self) -> AbstractContextManager[object]:
        """Open a transaction."""
        return self._connection.transaction()

    def cancel(self) -> None:
        """Ask the server to stop the running statement."""
        with contextlib.suppress(Exception):  # it may have ended meanwhile; there is nobody to tell
            self._connection.cancel_safe(timeout=5)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _streamed(first: Sequence[Cell] | None, rows: Iterator[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    with sql_errors():
        if first is not None:
            yield first
            yield from rows


def _prepared(sql: str, parameters: Parameters | None) -> tuple[Any, dict[str, Any] | None]:
    if parameters is None:
        return sql.encode(), None
    text = with_placeholders(sql, lambda name: f"%({name})s", lambda other: other.replace("%", "%%"))
    return text.encode(), {name: bindable(value) for name, value in parameters.items()}


def bindable(value: Json) -> Any:
    """Return a value as psycopg binds it: a map is JSON."""
    if isinstance(value, dict):
        from psycopg.types.json import Jsonb

        return Jsonb(value)
    return value


@contextlib.contextmanager
def sql_errors() -> Iterator[None]:
    """Turn psycopg's errors into SqlError, with the position in the statement."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        diag = error.diag
        parts = [diag.message_primary or str(error)]
        if diag.sqlstate:
            parts[0] = f"ERROR {diag.sqlstate}: {parts[0]}"
        parts += [f"Detail: {diag.message_detail}"] if diag.message_detail else []
        parts += [f"Hint: {diag.message_hint}"] if diag.message_hint else []
        parts += [f"Where: {diag.context}"] if diag.context else []
        position = int(diag.statement_position) - 1 if diag.statement_position else None
        raise SqlError("\n".join(parts), position) from error


_INTERVAL = re.compile(
    r"(?:(?P<years>-?\d+) years?\s*)?(?:(?P<months>-?\d+) mons?\s*)?(?:(?P<days>-?\d+) days?\s*)?"
    r"(?:(?P<sign>[-+])?(?P<hours>\d+):(?P<minutes>\d+):(?P<seconds>\d+(?:\.\d+)?))?"
)


def iso_interval(text: str) -> str:
    """Write the server's `1 year 2 mons 3 days 04:05:06` as `P1Y2M3DT4H5M6S`; other styles stay."""
    match = _INTERVAL.fullmatch(text.replace("+", ""))
    if match is None:
        return text
    date = "".join(
        f"{int(match[n])}{u}" for n, u in (("years", "Y"), ("months", "M"), ("days", "D")) if match[n]
    )
    sign = match["sign"] or ""
    parts = [(match["hours"], "H"), (match["minutes"], "M"), (match["seconds"], "S")]
    time = "".join(f"{sign}{_short(number)}{unit}" for number, unit in parts if number and float(number))
    return f"P{date}{'T' if time else ''}{time}" if date or time else "PT0S"


def _short(number: str) -> str:
    whole, dot, fraction = number.partition(".")
    fraction = fraction.rstrip("0")
    return f"{int(whole)}.{fraction}" if dot and fraction else str(int(whole))


def _register(connection: psycopg.Connection[Any], ctx: RunContext) -> None:
    """Teach the connection our form of cells; notices of the server go to the log."""
    from psycopg.adapt import Loader
    from psycopg.types import TypeInfo
    from psycopg.types.hstore import register_hstore

    class IntervalLoader(Loader):
        def load(self, data: Any) -> str:
            return iso_interval(bytes(data).decode())

    class VoidLoader(Loader):
        def load(self, data: Any) -> None:
            return None

    connection.adapters.register_loader("interval", IntervalLoader)
    connection.adapters.register_loader(_VOID_OID, VoidLoader)
    hstore = TypeInfo.fetch(connection, "hstore")
    if hstore is not None:
        register_hstore(hstore, connection)
    connection.add_notice_handler(lambda diag: ctx.debug(f"{diag.severity}: {diag.message_primary}"))
