"""`io.kestra.plugin.jdbc.sqlite.Query`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext
from engine.plugins.jdbc._query import QueryOutput, QueryTask
from engine.plugins.jdbc.sqlite._connection import SqliteProperties


class SqliteQueryOutput(QueryOutput):
    """What a statement gave, and the files around it."""

    output_files: dict[str, str] | None = None
    """The files of `outputFiles`: name to address."""
    database_uri: str | None = None
    """The database file, with `outputDbFile`."""


class Query(SqliteProperties, QueryTask):
    """Runs one SQL statement on SQLite."""

    gives: ClassVar[type[Output]] = SqliteQueryOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Ask a database in memory",
            """
id: sqlite_query
namespace: company.team

tasks:
  - id: answer
    type: io.kestra.plugin.jdbc.sqlite.Query
    sql: SELECT :first + :second AS total
    parameters:
      first: 40
      second: 2
    fetchType: FETCH_ONE

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.answer.row.total }}"
""",
            runnable=True,
        ),
    )

    def run(self, ctx: RunContext) -> SqliteQueryOutput:
        """Run the statement."""
        with self.opened(ctx) as session:
            output = self.one(ctx, session)
        return SqliteQueryOutput(
            **dict(output), output_files=self.files(ctx) or None, database_uri=self.database(ctx)
        )
