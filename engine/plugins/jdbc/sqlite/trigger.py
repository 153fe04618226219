"""`io.kestra.plugin.jdbc.sqlite.Trigger`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.jdbc._query import SqlTrigger
from engine.plugins.jdbc.sqlite._connection import SqliteProperties


class Trigger(SqlTrigger, SqliteProperties):
    """Starts an execution when a query on SQLite gives rows."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Handle new orders, each once",
            """
id: sqlite_trigger
namespace: company.team

tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.size ?? 0 }} new orders"

triggers:
  - id: new_orders
    type: io.kestra.plugin.jdbc.sqlite.Trigger
    interval: PT1M
    url: jdbc:sqlite:/data/shop.db
    sql: SELECT id, total FROM orders WHERE NOT handled
    afterSQL: UPDATE orders SET handled = true WHERE NOT handled
""",
        ),
    )
