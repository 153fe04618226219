"""`io.kestra.plugin.jdbc.mysql.Query`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, RunContext
from engine.plugins.jdbc._query import QueryOutput, QueryTask
from engine.plugins.jdbc.mysql._connection import MysqlProperties


class Query(MysqlProperties, QueryTask):
    """Runs one SQL statement on MySQL."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read rows into the outputs",
            """
id: mysql_query
namespace: company.team

inputs:
  - id: city
    type: STRING
    defaults: Paris

tasks:
  - id: orders
    type: io.kestra.plugin.jdbc.mysql.Query
    url: jdbc:mysql://localhost:3306/shop
    username: shop
    password: "{{ secret('SHOP_PASSWORD') }}"
    sql: SELECT id, total FROM orders WHERE city = :city ORDER BY id
    parameters:
      city: "{{ inputs.city }}"
    fetchType: FETCH

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.orders.size }} orders"
""",
        ),
        Example(
            "Write many rows into a file",
            """
id: mysql_store
namespace: company.team

tasks:
  - id: orders
    type: io.kestra.plugin.jdbc.mysql.Query
    url: jdbc:mysql://localhost:3306/shop
    username: shop
    password: "{{ secret('SHOP_PASSWORD') }}"
    sql: SELECT * FROM orders
    fetchType: STORE
""",
        ),
    )

    def run(self, ctx: RunContext) -> QueryOutput:
        """Run the statement."""
        with self.opened(ctx) as session:
            return self.one(ctx, session)
