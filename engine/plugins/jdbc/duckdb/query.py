"""`io.kestra.plugin.jdbc.duckdb.Query`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext
from engine.plugins.jdbc._query import QueryOutput, QueryTask
from engine.plugins.jdbc.duckdb._connection import DuckdbProperties


class DuckdbQueryOutput(QueryOutput):
    """What a statement gave, and the files it wrote."""

    output_files: dict[str, str] | None = None
    """The files of `outputFiles`: name to address."""
    database_uri: str | None = None
    """The database file, with `outputDbFile`."""


class Query(DuckdbProperties, QueryTask):
    """Runs one SQL statement with DuckDB: over input files, over a database, over files of the web."""

    gives: ClassVar[type[Output]] = DuckdbQueryOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Aggregate a CSV file",
            """
id: duckdb_query
namespace: company.team

tasks:
  - id: totals
    type: io.kestra.plugin.jdbc.duckdb.Query
    inputFiles:
      orders.csv: |
        city,total
        Paris,10
        Oslo,5
        Paris,7
    sql: |
      SELECT city, sum(total)::INT AS total
      FROM read_csv_auto('orders.csv')
      GROUP BY city
      ORDER BY city
    fetchType: FETCH

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.totals.rows[1].city }}: {{ outputs.totals.rows[1].total }}"
""",
            runnable=True,
        ),
        Example(
            "Write a Parquet file",
            """
id: duckdb_parquet
namespace: company.team

inputs:
  - id: orders
    type: FILE

tasks:
  - id: convert
    type: io.kestra.plugin.jdbc.duckdb.Query
    inputFiles:
      orders.csv: "{{ inputs.orders }}"
    outputFiles:
      - orders.parquet
    sql: |
      COPY (SELECT * FROM read_csv_auto('orders.csv'))
      TO '{{ outputFiles['orders.parquet'] }}' (FORMAT parquet)
""",
        ),
    )

    def run(self, ctx: RunContext) -> DuckdbQueryOutput:
        """Run the statement."""
        with self.opened(ctx) as session:
            output = self.one(ctx, session)
        return DuckdbQueryOutput(
            **dict(output), output_files=self.files(ctx) or None, database_uri=self.database(ctx)
        )
