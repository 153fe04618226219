"""`io.kestra.plugin.kafka.Trigger`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Fired, Output, PollingTrigger, RunContext
from engine.plugins.kafka._consume import ConsumeOutput, ConsumeProperties


class Trigger(ConsumeProperties, PollingTrigger):
    """Reads messages of Kafka every `interval` and starts the flow when there are some."""

    gives: ClassVar[type[Output]] = ConsumeOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Handle messages as they come",
            """\
id: kafka_trigger
namespace: company.team

tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.messagesCount }} messages in {{ trigger.uri }}"

triggers:
  - id: orders
    type: io.kestra.plugin.kafka.Trigger
    properties:
      bootstrap.servers: localhost:9092
      auto.offset.reset: earliest
    topic: orders
    groupId: loader
    maxRecords: 10000
    interval: PT30S
""",
        ),
    )

    def poll(self, ctx: RunContext) -> Fired | None:
        """Look once."""
        if not self.group_id:
            raise TaskFailure("groupId: missing; without it the same messages would start the flow again")
        output = self.consumed(ctx)
        return Fired(output.model_dump(by_alias=True)) if output.messages_count else None
