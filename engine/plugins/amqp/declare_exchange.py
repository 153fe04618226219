"""`io.kestra.plugin.amqp.DeclareExchange`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.amqp._amqp import AmqpProperties


class DeclareExchangeOutput(Output):
    """What was made."""

    exchange: str
    """Name of the exchange."""


class DeclareExchange(AmqpProperties, Task):
    """Makes an exchange; one that is there already with the same settings is left as it is."""

    gives: ClassVar[type[Output]] = DeclareExchangeOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Make an exchange that hands messages on by topic",
            """\
id: amqp_declare_exchange
namespace: company.team

tasks:
  - id: exchange
    type: io.kestra.plugin.amqp.DeclareExchange
    host: localhost
    username: loader
    password: "{{ secret('AMQP_PASSWORD') }}"
    name: orders
    exchangeType: TOPIC
""",
        ),
    )

    name: Text
    """Name of the exchange."""
    exchange_type: Literal["DIRECT", "FANOUT", "TOPIC", "HEADERS"] = "DIRECT"
    """How messages find their queues: by an equal key, to all, by a pattern of the key, by headers."""
    durability: bool = True
    """Whether the exchange outlives a restart of the broker."""
    auto_delete: bool = False
    """Whether the broker deletes it when it is bound to nothing any more."""
    internal: bool = False
    """Whether only other exchanges may send to it."""
    args: dict[str, Any] = {}
    """Other settings the broker knows, like `alternate-exchange`."""

    def run(self, ctx: RunContext) -> DeclareExchangeOutput:
        """Make the exchange."""
        with self.channel(ctx, f"Making the exchange '{self.name}'") as channel:
            channel.exchange_declare(
                self.name,
                self.exchange_type.lower(),
                durable=self.durability,
                auto_delete=self.auto_delete,
                internal=self.internal,
                arguments=self.args,
            )
        return DeclareExchangeOutput(exchange=self.name)
