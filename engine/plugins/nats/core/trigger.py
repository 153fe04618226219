"""`io.kestra.plugin.nats.core.Trigger`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Fired, Output, PollingTrigger, RunContext
from engine.plugins.nats.core._consume import ConsumeOutput, ConsumeProperties


class Trigger(ConsumeProperties, PollingTrigger):
    """Reads messages of a JetStream stream of NATS every `interval`; starts the flow when there are some."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.nats.Trigger",)
    gives: ClassVar[type[Output]] = ConsumeOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Handle messages as they come",
            """\
id: nats_trigger
namespace: company.team

tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.messagesCount }} messages in {{ trigger.uri }}"

triggers:
  - id: orders
    type: io.kestra.plugin.nats.core.Trigger
    url: nats://localhost:4222
    subject: orders.new
    durableId: loader
    maxRecords: 10000
    interval: PT30S
""",
        ),
    )

    def poll(self, ctx: RunContext) -> Fired | None:
        """Look once."""
        if not self.durable_id:
            raise TaskFailure("durableId: missing; without it the same messages would start the flow again")
        output = self.consumed(ctx)
        return Fired(output.model_dump(by_alias=True)) if output.messages_count else None
