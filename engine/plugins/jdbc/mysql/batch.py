"""`io.kestra.plugin.jdbc.mysql.Batch`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from engine.plugin import Example, RunContext
from engine.plugins.jdbc._batch import BatchTask, Writer
from engine.plugins.jdbc.mysql._connection import MysqlProperties, MysqlSession, bindable, sql_errors

if TYPE_CHECKING:
    import pymysql


class Batch(BatchTask, MysqlProperties):
    """Writes the rows of a file (Ion, as `fetchType: STORE` gives it) into MySQL, many at a time.

    Every chunk is committed by itself: when one fails, those before it stay.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Copy rows from one database to another",
            """
id: mysql_batch
namespace: company.team

tasks:
  - id: read
    type: io.kestra.plugin.jdbc.mysql.Query
    url: jdbc:mysql://localhost:3306/shop
    username: shop
    password: "{{ secret('SHOP_PASSWORD') }}"
    sql: SELECT id, total FROM orders
    fetchType: STORE

  - id: write
    type: io.kestra.plugin.jdbc.mysql.Batch
    url: jdbc:mysql://localhost:3306/reports
    username: reports
    password: "{{ secret('REPORTS_PASSWORD') }}"
    from: "{{ outputs.read.uri }}"
    sql: INSERT IGNORE INTO orders (id, total) VALUES (?, ?)
    columns: [id, total]
""",
        ),
    )

    @contextmanager
    def writer(self, ctx: RunContext) -> Iterator[Writer]:
        """Connect."""
        with self.open_connection(ctx) as connection, sql_errors():
            session = MysqlSession(connection, lambda: self.open_connection(ctx))
            ctx.on_cancel(session.cancel)
            yield _Writer(connection, session)


class _Writer:
    def __init__(self, connection: pymysql.Connection[Any], session: MysqlSession) -> None:
        self._connection, self._session = connection, session

    def columns(self, table: str) -> list[str]:
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} LIMIT 0")
            return [column[0] for column in cursor.description or ()]

    def write(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        with self._session.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(sql, rows)
            return int(cursor.rowcount)

    def bound(self, value: Any) -> Any:
        return bindable(value)
