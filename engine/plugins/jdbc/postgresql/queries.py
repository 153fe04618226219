"""`io.kestra.plugin.jdbc.postgresql.Queries`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, RunContext
from engine.plugins.jdbc._query import QueriesOutput, QueriesTask
from engine.plugins.jdbc.postgresql._connection import PostgresProperties


class Queries(PostgresProperties, QueriesTask):
    """Runs several SQL statements on PostgreSQL, by default in one transaction."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Merge a staging table into a table",
            """
id: postgres_merge
namespace: company.team

tasks:
  - id: merge
    type: io.kestra.plugin.jdbc.postgresql.Queries
    url: jdbc:postgresql://localhost:5432/shop
    username: shop
    password: "{{ secret('SHOP_PASSWORD') }}"
    sql: |
      MERGE INTO orders AS target
      USING orders_staging AS source
      ON target.id = source.id
      WHEN NOT MATCHED THEN INSERT (id, total) VALUES (source.id, source.total);

      SELECT count(*) AS orders FROM orders;
    fetchType: FETCH_ONE

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.merge.outputs[0].row.orders }} orders"
""",
        ),
    )

    def run(self, ctx: RunContext) -> QueriesOutput:
        """Run the statements."""
        with self.opened(ctx) as session:
            return QueriesOutput(outputs=self.many(ctx, session))
