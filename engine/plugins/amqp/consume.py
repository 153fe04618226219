"""`io.kestra.plugin.amqp.Consume`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.amqp._consume import ConsumeOutput, ConsumeProperties


class Consume(ConsumeProperties, Task):
    """Takes messages from a queue of an AMQP broker and stores them in a file.

    The queue forgets them only when all are stored: when the task fails or is stopped, they are there again.
    """

    gives: ClassVar[type[Output]] = ConsumeOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Take what arrives within ten seconds, a thousand messages at most",
            """\
id: amqp_consume
namespace: company.team

tasks:
  - id: consume
    type: io.kestra.plugin.amqp.Consume
    host: localhost
    username: loader
    password: "{{ secret('AMQP_PASSWORD') }}"
    queue: orders
    maxRecords: 1000
    maxDuration: PT10S

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.consume.count }} messages"
""",
        ),
    )

    def run(self, ctx: RunContext) -> ConsumeOutput:
        """Take the messages."""
        return self.consumed(ctx)
