"""`io.kestra.plugin.jdbc.sqlite.Queries`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext
from engine.plugins.jdbc._query import QueriesOutput, QueriesTask
from engine.plugins.jdbc.sqlite._connection import SqliteProperties


class SqliteQueriesOutput(QueriesOutput):
    """What several statements gave, and the files around them."""

    output_files: dict[str, str] | None = None
    """The files of `outputFiles`: name to address."""
    database_uri: str | None = None
    """The database file, with `outputDbFile`."""


class Queries(SqliteProperties, QueriesTask):
    """Runs several SQL statements on SQLite, by default in one transaction."""

    gives: ClassVar[type[Output]] = SqliteQueriesOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Make a database file and hand it to the next task",
            """
id: sqlite_queries
namespace: company.team

tasks:
  - id: fill
    type: io.kestra.plugin.jdbc.sqlite.Queries
    outputDbFile: true
    sql: |
      CREATE TABLE orders (id INTEGER, total INTEGER);
      INSERT INTO orders VALUES (1, 10), (2, 32);

  - id: total
    type: io.kestra.plugin.jdbc.sqlite.Query
    sqliteFile: "{{ outputs.fill.databaseUri }}"
    sql: SELECT sum(total) AS total FROM orders
    fetchType: FETCH_ONE

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.total.row.total }}"
""",
            runnable=True,
        ),
    )

    def run(self, ctx: RunContext) -> SqliteQueriesOutput:
        """Run the statements."""
        with self.opened(ctx) as session:
            outputs = self.many(ctx, session)
        return SqliteQueriesOutput(
            outputs=outputs, output_files=self.files(ctx) or None, database_uri=self.database(ctx)
        )
