"""`io.kestra.plugin.jdbc.postgresql.Batch`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from engine.plugin import Example, RunContext
from engine.plugins.jdbc._batch import BatchTask, Writer
from engine.plugins.jdbc.postgresql._connection import (
    PostgresProperties,
    PostgresSession,
    bindable,
    sql_errors,
)

if TYPE_CHECKING:
    import psycopg


class Batch(BatchTask, PostgresProperties):
    """Writes the rows of a file (Ion, as `fetchType: STORE` gives it) into PostgreSQL, many at a time.

    Every chunk is committed by itself: when one fails, those before it stay.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Copy rows from one database to another",
            """
id: postgres_batch
namespace: company.team

tasks:
  - id: read
    type: io.kestra.plugin.jdbc.postgresql.Query
    url: jdbc:postgresql://localhost:5432/shop
    username: shop
    password: "{{ secret('SHOP_PASSWORD') }}"
    sql: SELECT id, total FROM orders
    fetchType: STORE

  - id: write
    type: io.kestra.plugin.jdbc.postgresql.Batch
    url: jdbc:postgresql://localhost:5432/reports
    username: reports
    password: "{{ secret('REPORTS_PASSWORD') }}"
    from: "{{ outputs.read.uri }}"
    sql: INSERT INTO orders (id, total) VALUES (?, ?) ON CONFLICT (id) DO NOTHING
    columns: [id, total]
""",
        ),
    )

    @contextmanager
    def writer(self, ctx: RunContext) -> Iterator[Writer]:
        """Connect."""
        with self.open_connection(ctx) as connection, sql_errors():
            ctx.on_cancel(PostgresSession(connection).cancel)
            yield _Writer(connection)


class _Writer:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def columns(self, table: str) -> list[str]:
        cursor = self._connection.execute(f"SELECT * FROM {table} LIMIT 0".encode())
        return [column.name for column in cursor.description or ()]

    def write(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(sql.encode(), rows)
            return cursor.rowcount

    def bound(self, value: Any) -> Any:
        return bindable(value)
