"""`io.kestra.plugin.jdbc.duckdb.Queries`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext
from engine.plugins.jdbc._query import QueriesOutput, QueriesTask
from engine.plugins.jdbc.duckdb._connection import DuckdbProperties


class DuckdbQueriesOutput(QueriesOutput):
    """What several statements gave, and the files they wrote."""

    output_files: dict[str, str] | None = None
    """The files of `outputFiles`: name to address."""
    database_uri: str | None = None
    """The database file, with `outputDbFile`."""


class Queries(DuckdbProperties, QueriesTask):
    """Runs several SQL statements with DuckDB, by default in one transaction."""

    gives: ClassVar[type[Output]] = DuckdbQueriesOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Fill a table and read from it",
            """
id: duckdb_queries
namespace: company.team

tasks:
  - id: orders
    type: io.kestra.plugin.jdbc.duckdb.Queries
    sql: |
      CREATE TABLE orders (id INT, total INT);
      INSERT INTO orders VALUES (1, 10), (2, 32);
      SELECT count(*) AS orders, sum(total)::INT AS total FROM orders;
    fetchType: FETCH_ONE

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.orders.outputs[0].row.total }}"
""",
            runnable=True,
        ),
    )

    def run(self, ctx: RunContext) -> DuckdbQueriesOutput:
        """Run the statements."""
        with self.opened(ctx) as session:
            outputs = self.many(ctx, session)
        return DuckdbQueriesOutput(
            outputs=outputs, output_files=self.files(ctx) or None, database_uri=self.database(ctx)
        )
