"""What a database must be before it is used: reachable, new enough, ours, and of this version's schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import errors

from engine.errors import StorageError
from engine.storage.postgresql.dialect import POSTGRESQL
from engine.storage.postgresql.queue import install
from engine.storage.sql.schema import MIGRATIONS, migrate, present

OLDEST_SERVER = 140_000
_ALONE = 7_077_000
"""Key of the lock under which tables are made: of several processes that start at once, one makes them."""


def prepare(
    connection: psycopg.Connection[Any], place: str, migrations: Sequence[Sequence[str]] = MIGRATIONS
) -> None:
    """Bring the tables up to date, or raise StorageError with what is to be done."""
    found = connection.info.server_version
    if found < OLDEST_SERVER:
        raise StorageError(
            f"The database {place} is PostgreSQL {found // 10000}; "
            f"{OLDEST_SERVER // 10000} or newer is needed: update the server"
        )
    (encoding,) = connection.execute("SHOW server_encoding").fetchone() or ("",)
    if encoding != "UTF8":
        raise StorageError(
            f"The database {place} is encoded in {encoding}; make one with "
            "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )
    try:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_ALONE,))
            _own_schema(connection, place, len(migrations))
            install(connection)
            migrate(_Plain(connection), POSTGRESQL, f"The database {place}", migrations)
    except errors.InsufficientPrivilege as error:
        raise StorageError(
            f"The database {place} does not let this user make the tables ({error.diag.message_primary}); "
            "run once as a user who may: GRANT CREATE ON DATABASE … TO …, or let the owner start it once"
        ) from error


def _own_schema(connection: psycopg.Connection[Any], place: str, newest: int) -> None:
    known = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'flowsmith'").fetchone()
    if known is None:
        connection.execute("CREATE SCHEMA flowsmith")
        return
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'flowsmith' ORDER BY tablename"
    ).fetchall()
    names = [name for (name,) in tables]
    if names and "migrations" not in names and "pgqueuer" not in names:
        raise StorageError(
            f"The schema 'flowsmith' of the database {place} belongs to something else (it has a table "
            f"'{names[0]}'); give another database"
        )
    if "members" in names and 0 < present(_Plain(connection)) < newest:
        _refuse_older(connection, place, newest)


def _refuse_older(connection: psycopg.Connection[Any], place: str, newest: int) -> None:
    """Do not change the tables under processes that know only the former ones."""
    hosts = connection.execute(
        "SELECT DISTINCT host FROM members WHERE beat > clock_timestamp() - interval '8 seconds' "
        "AND schema_number < %s ORDER BY host",
        (newest,),
    ).fetchall()
    if hosts:
        raise StorageError(
            f"Processes of an older version use the database {place} (on {', '.join(h for (h,) in hosts)}); "
            "stop them before this version changes the tables"
        )


class _Plain:
    """The connection as migrations use it: statements without placeholders may hold `%`."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Any = None, /) -> Any:
        """Run a statement once."""
        return self._connection.execute(sql, parameters)

    def executemany(self, sql: str, rows: Any, /) -> Any:
        """Run a statement for every row."""
        cursor = self._connection.cursor()
        cursor.executemany(sql, rows)
        return cursor
