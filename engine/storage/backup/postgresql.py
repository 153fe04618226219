"""Reading a state of a PostgreSQL database while others write, and loading an archive in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import psycopg
from psycopg import sql

from engine.errors import StorageError
from engine.storage.backup.archive import Archive, Table
from engine.storage.backup.loading import checked_columns, quoted, unfit
from engine.storage.backup.snapshot import PASSING, Snapshot
from engine.storage.postgresql.database import _checked as checked_address
from engine.storage.postgresql.dialect import SCHEMA
from engine.storage.postgresql.failure import translated
from engine.storage.postgresql.setup import prepare
from engine.storage.sql.schema import MIGRATIONS

Pg: TypeAlias = "psycopg.Connection[Any]"

_BATCH = 2000
_BEFORE = f"{SCHEMA}_before_restore"
# Partitions are read through their table.
_TABLES = f"""SELECT relname FROM pg_class WHERE relnamespace = '{SCHEMA}'::regnamespace
    AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"""
_COLUMNS = """SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0
    AND NOT attisdropped ORDER BY attnum"""


@contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """Open a state of the database; processes that use it go on. Raises StorageError when there is none."""
    with _connected(url) as (connection, place), translated(place):
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if not _has_schema(connection):
            raise StorageError(
                f"The database {place} has no tables of flowsmith; there is nothing to back up"
            )
        (number,) = connection.execute("SELECT COALESCE(MAX(number), 0) FROM migrations").fetchone() or (0,)
        yield _PostgresSnapshot(connection, int(number))


class _PostgresSnapshot:
    database = "postgresql"

    def __init__(self, connection: Pg, schema: int) -> None:
        self._connection = connection
        self.schema = schema

    def tables(self) -> list[tuple[str, list[str]]]:
        return [(name, _columns(self._connection, name)) for name in _kept(self._connection)]

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        listed = ", ".join(map(quoted, columns))
        with self._connection.cursor("backup") as cursor:
            cursor.itersize = _BATCH
            cursor.execute(f"SELECT {listed} FROM {quoted(table)}")
            yield from cursor


def holds_data(url: str) -> bool:
    """Tell whether there are tables with rows in them."""
    with _connected(url) as (connection, place), translated(place):
        if not _has_schema(connection):
            return False
        return any(
            connection.execute(f"SELECT 1 FROM {quoted(name)} LIMIT 1").fetchone()
            for name in _kept(connection)
        )


def load(url: str, archive: Archive, *, any_key: bool) -> None:
    """Put an archive in the place of all tables, in one transaction: until its end the former ones are there.

    Raises StorageError while processes are using the database.
    """
    with _connected(url) as (connection, place), translated(place), connection.transaction():
        if _has_schema(connection):
            _refuse_use(connection, place)
            connection.execute(f"ALTER SCHEMA {SCHEMA} RENAME TO {_BEFORE}")
        prepare(connection, place, MIGRATIONS[: archive.manifest.schema])
        for table in archive.manifest.tables:
            _copy(connection, archive, table)
        # Numbers of log lines come from a sequence here, and from the table itself in SQLite.
        connection.execute("SELECT setval('log_numbers', (SELECT COALESCE(MAX(number), 0) + 1 FROM logs))")
        if any_key:
            connection.execute("DELETE FROM kv WHERE namespace = '_engine' AND key = 'key'")
        prepare(connection, place)
        connection.execute(f"DROP SCHEMA IF EXISTS {_BEFORE} CASCADE")


def _refuse_use(connection: Pg, place: str) -> None:
    if "members" not in _names(connection):
        return
    connection.execute("LOCK TABLE members IN ACCESS EXCLUSIVE MODE")
    found = connection.execute(
        "SELECT role, host FROM members WHERE beat > clock_timestamp() - interval '8 seconds' "
        "ORDER BY role, host"
    ).fetchall()
    if found:
        listed = ", ".join(f"{role} on {host}" for role, host in found)
        raise StorageError(f"Processes use the database {place} ({listed}); stop them, then restore")


def _copy(connection: Pg, archive: Archive, table: Table) -> None:
    columns = checked_columns(archive, table, _columns(connection, table.name))
    statement = sql.SQL(f"COPY {quoted(table.name)} ({columns}) FROM STDIN")
    try:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in archive.rows(table):
                copy.write_row(row)
    except (psycopg.IntegrityError, psycopg.DataError) as error:
        raise unfit(archive, table, error) from error


@contextmanager
def _connected(url: str) -> Iterator[tuple[Pg, str]]:
    _, address, place = checked_address(url)
    with translated(place):
        connection: Pg = psycopg.connect(address, autocommit=True)
        try:
            connection.execute(
                f"SET search_path = {SCHEMA}; SET client_min_messages = warning; SET client_encoding = 'UTF8'"
            )
            yield connection, place
        finally:
            connection.close()


def _has_schema(connection: Pg) -> bool:
    found = connection.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.migrations",)).fetchone()
    return found is not None and found[0] is not None


def _names(connection: Pg) -> list[str]:
    return [name for (name,) in connection.execute(_TABLES).fetchall()]


def _kept(connection: Pg) -> list[str]:
    return [name for name in _names(connection) if name not in PASSING and not name.startswith("pgqueuer")]


def _columns(connection: Pg, table: str) -> list[str]:
    rows = connection.execute(_COLUMNS, (f"{SCHEMA}.{quoted(table)}",)).fetchall()
    return [name for (name,) in rows]
