"""`io.kestra.plugin.nats.core.Consume`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.nats.core._consume import ConsumeOutput, ConsumeProperties


class Consume(ConsumeProperties, Task):
    """Reads messages of a JetStream stream of NATS into a file.

    They are acknowledged only after the file is stored: when the task fails the same messages come again.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.nats.Consume",)
    gives: ClassVar[type[Output]] = ConsumeOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read what is new since the last run",
            """\
id: nats_consume
namespace: company.team

tasks:
  - id: read
    type: io.kestra.plugin.nats.core.Consume
    url: nats://localhost:4222
    subject: orders.new
    durableId: loader
    batchSize: 500

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.read.messagesCount }} messages"
""",
        ),
    )

    def run(self, ctx: RunContext) -> ConsumeOutput:
        """Read the messages."""
        return self.consumed(ctx)
