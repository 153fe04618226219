"""`io.kestra.plugin.jdbc.mysql.Batch`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.errors import ExpressionError, TaskFailure
from engine.expression.ion import read_ion_rows
from engine.plugin import Duration, Example, Output, RunContext, Size, Task
from engine.plugins.jdbc._session import SqlError
from engine.plugins.jdbc._statements import with_question_marks
from engine.plugins.jdbc.mysql._connection import (
    MysqlProperties,
    MysqlSession,
    bindable,
    sql_errors,
)

if TYPE_CHECKING:
    import pymysql


class BatchOutput(Output):
    """What was written."""

    row_count: int
    """Number of rows read from the file."""
    updated_count: int
    """Number of rows changed in the database."""


class Batch(MysqlProperties, Task):
    """Writes the rows of a file (Ion, as `fetchType: STORE` gives it) into MySQL, many at a time.

    Every chunk is committed by itself: when one fails, those before it stay.
    """

    gives: ClassVar[type[Output]] = BatchOutput
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

    source: Annotated[str, Field(alias="from")]
    """Address of the file of rows."""
    sql: str | None = None
    """The statement for each row, with `?` for each value; built from `table` and `columns` when left out."""
    columns: list[str] | None = None
    """Names of the values for the question marks, in order; without, the values in the order of the row."""
    table: str | None = None
    """The table to insert into when there is no `sql`."""
    chunk: Annotated[int, Field(ge=1)] = 1000
    """Number of rows written and committed together."""
    time_zone_id: str | None = None
    """Without effect: moments in the file have their zone."""
    max_retries: int = 3
    """Without effect: use the task's `retry`."""
    retry_backoff: Duration | None = None
    """Without effect: use the task's `retry`."""
    input_handling: Literal["AUTO", "STREAM", "LOCAL"] = "AUTO"
    """Without effect: the file is always read as a stream."""
    local_buffer_max_bytes: Size | None = None
    """Without effect: the file is always read as a stream."""
    resume_on_retry: bool = True
    """Without effect: a retry begins with the first row."""
    retry_scope: Literal["NONE", "INPUT", "ALL"] = "INPUT"
    """Without effect: use the task's `retry`."""
    connection_pooling: bool = True
    """Without effect: every run opens its own connection."""
    connection_pool_size: int = 10
    """Without effect: every run opens its own connection."""

    def run(self, ctx: RunContext) -> BatchOutput:
        """Write the rows, chunk by chunk."""
        done = updated = 0
        with ctx.open(self.source) as file, self.open_connection(ctx) as connection:
            session = MysqlSession(connection, lambda: self.open_connection(ctx))
            ctx.on_cancel(session.cancel)
            try:
                with sql_errors():
                    sql, names = self._statement(connection)
                    rows = self._values(read_ion_rows(file), names, sql.replace("%%", "").count("%s"))
                    while chunk := list(islice(rows, self.chunk)):
                        with session.transaction(), connection.cursor() as cursor:
                            cursor.executemany(sql, chunk)
                            updated += max(cursor.rowcount, 0)
                        done += len(chunk)
            except (SqlError, ExpressionError) as error:
                if ctx.cancelled.is_set():
                    raise TaskFailure(f"Stopped after {done} rows") from error
                raise TaskFailure(
                    f"{error}\n(rows {done + 1} to {done + self.chunk} of the file; {done} rows were written)"
                ) from error
        ctx.metric("records", done)
        ctx.metric("updated", updated)
        return BatchOutput(row_count=done, updated_count=updated)

    def _statement(self, connection: pymysql.Connection[Any]) -> tuple[str, list[str] | None]:
        """Return the statement with `%s` for each value, and the names of the values."""
        if self.sql:
            return with_question_marks(self.sql, "%s", "%"), self.columns
        if not self.table:
            raise TaskFailure("`sql` and `table` are missing; give the INSERT or the table")
        names = self.columns
        if names is None:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {self.table} LIMIT 0")
                names = [column[0] for column in cursor.description or ()]
        marks = ", ".join(["%s"] * len(names))
        listed = ", ".join(name.replace("%", "%%") for name in names)
        return f"INSERT INTO {self.table} ({listed}) VALUES ({marks})", names

    def _values(self, rows: Iterator[Any], names: list[str] | None, count: int) -> Iterator[list[Any]]:
        for row in rows:
            if isinstance(row, dict):
                values = [row.get(name) for name in names] if names else list(row.values())
            elif isinstance(row, list):
                values = list(row)
            else:
                values = [row]
            padded = values[:count] + [None] * (count - len(values))
            yield [bindable(value) for value in padded]
