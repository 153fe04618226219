"""`io.kestra.plugin.amqp.QueueBind`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.amqp._amqp import AmqpProperties


class QueueBindOutput(Output):
    """What was bound."""

    queue: str
    """Name of the queue."""
    exchange: str
    """Name of the exchange."""


class QueueBind(AmqpProperties, Task):
    """Binds a queue to an exchange: messages of the exchange with the routing key go into the queue."""

    gives: ClassVar[type[Output]] = QueueBindOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Let new orders go into a queue",
            """\
id: amqp_queue_bind
namespace: company.team

tasks:
  - id: bind
    type: io.kestra.plugin.amqp.QueueBind
    host: localhost
    username: loader
    password: "{{ secret('AMQP_PASSWORD') }}"
    exchange: orders
    queue: new-orders
    routingKey: new
""",
        ),
    )

    exchange: Text
    """Name of the exchange."""
    queue: Text
    """Name of the queue."""
    routing_key: Text | None = None
    """Routing key of the messages."""
    args: dict[str, Any] = {}
    """Other settings, such as the headers an exchange of that kind looks at."""

    def run(self, ctx: RunContext) -> QueueBindOutput:
        """Bind the queue."""
        with self.channel(ctx, f"Binding '{self.queue}' to '{self.exchange}'") as channel:
            channel.queue_bind(self.queue, self.exchange, self.routing_key or "", arguments=self.args)
        return QueueBindOutput(queue=self.queue, exchange=self.exchange)
