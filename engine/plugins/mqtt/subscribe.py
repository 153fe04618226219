"""`io.kestra.plugin.mqtt.Subscribe`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.mqtt._subscribe import SubscribeOutput, SubscribeProperties


class Subscribe(SubscribeProperties, Task):
    """Receives messages of an MQTT broker into a file, until there are enough or time is over.

    What was published before is received only where it was retained.
    """

    gives: ClassVar[type[Output]] = SubscribeOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Receive measurements for a minute",
            """\
id: mqtt_subscribe
namespace: company.team

tasks:
  - id: receive
    type: io.kestra.plugin.mqtt.Subscribe
    server: tcp://localhost:1883
    clientId: flowsmith-subscriber
    topic:
      - house/+/temperature
      - house/+/humidity
    maxDuration: PT1M

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.receive.messagesCount }} messages"
""",
        ),
    )

    def run(self, ctx: RunContext) -> SubscribeOutput:
        """Receive the messages."""
        return self.received(ctx)
