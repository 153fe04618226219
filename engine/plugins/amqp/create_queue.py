"""`io.kestra.plugin.amqp.CreateQueue`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.amqp._amqp import AmqpProperties


class CreateQueueOutput(Output):
    """What was made."""

    queue: str
    """Name of the queue."""


class CreateQueue(AmqpProperties, Task):
    """Makes a queue; one that is there already with the same settings is left as it is."""

    gives: ClassVar[type[Output]] = CreateQueueOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Make a queue that keeps a thousand messages",
            """\
id: amqp_create_queue
namespace: company.team

tasks:
  - id: queue
    type: io.kestra.plugin.amqp.CreateQueue
    host: localhost
    username: loader
    password: "{{ secret('AMQP_PASSWORD') }}"
    name: orders
    args:
      x-max-length: 1000
""",
        ),
    )

    name: Text
    """Name of the queue."""
    durability: bool = True
    """Whether the queue outlives a restart of the broker."""
    exclusive: bool = False
    """Whether only this connection may use it; it is gone when the task ends."""
    auto_delete: bool = False
    """Whether the broker deletes it when nobody takes from it any more."""
    args: dict[str, Any] = {}
    """Other settings the broker knows, like `x-max-length` or `x-message-ttl`."""

    def run(self, ctx: RunContext) -> CreateQueueOutput:
        """Make the queue."""
        with self.channel(ctx, f"Making the queue '{self.name}'") as channel:
            channel.queue_declare(
                self.name,
                durable=self.durability,
                exclusive=self.exclusive,
                auto_delete=self.auto_delete,
                arguments=self.args,
            )
        return CreateQueueOutput(queue=self.name)
