"""`io.kestra.plugin.jdbc.mysql.Queries`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, RunContext
from engine.plugins.jdbc._query import QueriesOutput, QueriesTask
from engine.plugins.jdbc.mysql._connection import MysqlProperties


class Queries(MysqlProperties, QueriesTask):
    """Runs several SQL statements on MySQL, by default in one transaction."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Merge a staging table into a table",
            """
id: mysql_merge
namespace: company.team

tasks:
  - id: merge
    type: io.kestra.plugin.jdbc.mysql.Queries
    url: jdbc:mysql://localhost:3306/shop
    username: shop
    password: "{{ secret('SHOP_PASSWORD') }}"
    sql: |
      INSERT INTO orders (id, total)
      SELECT id, total FROM orders_staging
      ON DUPLICATE KEY UPDATE total = VALUES(total);

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
