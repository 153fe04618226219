"""`io.kestra.plugin.kafka.Consume`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.kafka._consume import ConsumeOutput, ConsumeProperties


class Consume(ConsumeProperties, Task):
    """Reads messages of Kafka into a file, until no further one comes or a limit is reached.

    The group's place is remembered only after the file is stored: when the task fails the same messages are
    read again.
    """

    gives: ClassVar[type[Output]] = ConsumeOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read what is new since the last run",
            """\
id: kafka_consume
namespace: company.team

tasks:
  - id: read
    type: io.kestra.plugin.kafka.Consume
    properties:
      bootstrap.servers: localhost:9092
      auto.offset.reset: earliest
    topic: orders
    groupId: loader
    valueDeserializer: JSON
    maxRecords: 10000

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.read.messagesCount }} messages"
""",
        ),
    )

    def run(self, ctx: RunContext) -> ConsumeOutput:
        """Read the messages."""
        return self.consumed(ctx)
