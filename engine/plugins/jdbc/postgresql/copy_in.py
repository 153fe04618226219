"""`io.kestra.plugin.jdbc.postgresql.CopyIn`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext
from engine.plugins.jdbc._session import SqlError
from engine.plugins.jdbc.postgresql._connection import PostgresSession, sql_errors
from engine.plugins.jdbc.postgresql._copy import CopyTask

_CHUNK_BYTES = 1 << 18


class CopyInOutput(Output):
    """What was copied."""

    row_count: int
    """Number of rows written to the table."""


class CopyIn(CopyTask):
    """Loads a file into a PostgreSQL table with COPY, the fastest way in; all rows or none."""

    gives: ClassVar[type[Output]] = CopyInOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Load a CSV file",
            """
id: postgres_load
namespace: company.team

inputs:
  - id: trips
    type: FILE

tasks:
  - id: load
    type: io.kestra.plugin.jdbc.postgresql.CopyIn
    url: jdbc:postgresql://localhost:5432/taxi
    username: taxi
    password: "{{ secret('TAXI_PASSWORD') }}"
    from: "{{ inputs.trips }}"
    table: public.trips
    columns: [vendor, pickup, dropoff, amount]
    format: CSV
    header: true
""",
        ),
    )

    source: Annotated[str, Field(alias="from")]
    """Address of the file: `kestra:///…`."""

    def run(self, ctx: RunContext) -> CopyInOutput:
        """Send the file to the server while it is read."""
        statement = f"COPY {self.target()} FROM STDIN{self.options()}"
        with ctx.open(self.source) as file, self.open_connection(ctx) as connection:
            ctx.on_cancel(PostgresSession(connection).cancel)
            ctx.debug(statement)
            try:
                with sql_errors(), connection.cursor() as cursor:
                    with cursor.copy(statement.encode()) as copy:
                        while chunk := file.read(_CHUNK_BYTES):
                            copy.write(chunk)
                    rows = cursor.rowcount
            except SqlError as error:
                if ctx.cancelled.is_set():
                    raise TaskFailure("Stopped; COPY was cancelled") from error
                raise TaskFailure(f"{error}\n{statement}") from error
        ctx.metric("rows", rows)
        return CopyInOutput(row_count=rows)
