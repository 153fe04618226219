"""`io.kestra.plugin.amqp.Trigger`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Fired, Output, PollingTrigger, RunContext
from engine.plugins.amqp._consume import ConsumeOutput, ConsumeProperties


class Trigger(ConsumeProperties, PollingTrigger):
    """Takes messages from a queue of an AMQP broker every `interval`; starts the flow when there are some.

    Give `maxDuration` as well as `maxRecords`: with `maxRecords` alone it waits until there are as many.
    """

    gives: ClassVar[type[Output]] = ConsumeOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Handle messages as they come",
            """\
id: amqp_trigger
namespace: company.team

tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.count }} messages in {{ trigger.uri }}"

triggers:
  - id: orders
    type: io.kestra.plugin.amqp.Trigger
    host: localhost
    username: loader
    password: "{{ secret('AMQP_PASSWORD') }}"
    queue: orders
    maxRecords: 1000
    maxDuration: PT5S
    interval: PT30S
""",
        ),
    )

    def poll(self, ctx: RunContext) -> Fired | None:
        """Look once."""
        output = self.consumed(ctx)
        return Fired(output.model_dump(by_alias=True)) if output.count else None
