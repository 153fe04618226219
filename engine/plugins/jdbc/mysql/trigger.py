"""`io.kestra.plugin.jdbc.mysql.Trigger`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.jdbc._query import SqlTrigger
from engine.plugins.jdbc.mysql._connection import MysqlProperties


class Trigger(MysqlProperties, SqlTrigger):
    """Starts an execution when a query on MySQL gives rows."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Handle new orders, each once",
            """
id: mysql_trigger
namespace: company.team

tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.size ?? 0 }} new orders"

triggers:
  - id: new_orders
    type: io.kestra.plugin.jdbc.mysql.Trigger
    interval: PT1M
    url: jdbc:mysql://localhost:3306/shop
    username: shop
    password: "{{ secret('SHOP_PASSWORD') }}"
    sql: SELECT id, total FROM orders WHERE NOT handled
    afterSQL: UPDATE orders SET handled = true WHERE NOT handled
""",
        ),
    )
