"""`io.kestra.plugin.jdbc.duckdb.Trigger`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.jdbc._query import SqlTrigger
from engine.plugins.jdbc.duckdb._connection import DuckdbProperties


class Trigger(SqlTrigger, DuckdbProperties):
    """Starts an execution when a query on DuckDB gives rows."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Handle new orders, each once",
            """
id: duckdb_trigger
namespace: company.team

tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.size ?? 0 }} new orders"

triggers:
  - id: new_orders
    type: io.kestra.plugin.jdbc.duckdb.Trigger
    interval: PT1M
    url: jdbc:duckdb:/data/shop.duckdb
    sql: SELECT id, total FROM orders WHERE NOT handled
    afterSQL: UPDATE orders SET handled = true WHERE NOT handled
""",
        ),
    )
