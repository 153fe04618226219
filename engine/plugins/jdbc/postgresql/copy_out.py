"""`io.kestra.plugin.jdbc.postgresql.CopyOut`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext
from engine.plugins.jdbc._session import SqlError
from engine.plugins.jdbc.postgresql._connection import PostgresSession, sql_errors
from engine.plugins.jdbc.postgresql._copy import CopyTask


class CopyOutOutput(Output):
    """What was copied."""

    uri: str
    """Address of the file."""
    row_count: int
    """Number of rows written to the file."""


class CopyOut(CopyTask):
    """Writes a PostgreSQL table, or the rows of a SELECT, into a file with COPY."""

    gives: ClassVar[type[Output]] = CopyOutOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Export the rows of a query as CSV",
            """
id: postgres_export
namespace: company.team

tasks:
  - id: export
    type: io.kestra.plugin.jdbc.postgresql.CopyOut
    url: jdbc:postgresql://localhost:5432/taxi
    username: taxi
    password: "{{ secret('TAXI_PASSWORD') }}"
    sql: SELECT vendor, count(*) AS trips FROM trips GROUP BY vendor
    format: CSV
    header: true
    delimiter: ";"
""",
        ),
    )

    sql: str | None = None
    """The SELECT whose rows are written; or give a `table`."""

    def run(self, ctx: RunContext) -> CopyOutOutput:
        """Write what the server sends into a file while it comes."""
        source = f"({self.sql.strip().rstrip(';')})" if self.sql else self.target()
        statement = f"COPY {source} TO STDOUT{self.options()}"
        path = ctx.work_dir / f"copy-{ctx.where.task_run_id}.{self.format.lower()}"
        with self.open_connection(ctx) as connection, path.open("wb") as file:
            ctx.on_cancel(PostgresSession(connection).cancel)
            try:
                with sql_errors(), connection.cursor() as cursor:
                    with cursor.copy(statement.encode()) as copy:
                        for chunk in copy:
                            file.write(chunk)
                    rows = cursor.rowcount
            except SqlError as error:
                if ctx.cancelled.is_set():
                    raise TaskFailure("Stopped; COPY was cancelled") from error
                raise TaskFailure(f"{error}\n{statement}") from error
        ctx.metric("rows", rows)
        uri = ctx.put(f"copy.{self.format.lower()}", path)
        path.unlink()
        return CopyOutOutput(uri=uri, row_count=rows)
