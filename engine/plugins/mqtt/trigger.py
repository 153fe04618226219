"""`io.kestra.plugin.mqtt.Trigger`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Fired, Output, PollingTrigger, RunContext
from engine.plugins.mqtt._subscribe import SubscribeOutput, SubscribeProperties


class Trigger(SubscribeProperties, PollingTrigger):
    """Receives messages of an MQTT broker every `interval`; starts the flow when there were some.

    It listens for `maxDuration`, or until there are `maxRecords`. What is published between two looks is
    received only where it was retained.
    """

    gives: ClassVar[type[Output]] = SubscribeOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Handle measurements as they come",
            """\
id: mqtt_trigger
namespace: company.team

tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.messagesCount }} messages in {{ trigger.uri }}"

triggers:
  - id: measured
    type: io.kestra.plugin.mqtt.Trigger
    server: tcp://localhost:1883
    clientId: flowsmith-trigger
    topic: house/#
    maxRecords: 100
    maxDuration: PT50S
    interval: PT1M
""",
        ),
    )

    def poll(self, ctx: RunContext) -> Fired | None:
        """Listen once."""
        output = self.received(ctx)
        return Fired(output.model_dump(by_alias=True)) if output.messages_count else None
