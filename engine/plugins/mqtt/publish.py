"""`io.kestra.plugin.mqtt.Publish`."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins._records import records_of
from engine.plugins.mqtt._mqtt import Connection, MqttProperties, SerdeType, binary, encode, mqtt

_UNDER_WAY = 100
_ANSWER_SECONDS = 30.0
_STEP_SECONDS = 0.5


class PublishOutput(Output):
    """What was published."""

    messages_count: int = 0
    """How many messages."""


class Publish(MqttProperties, Task):
    """Publishes messages to a topic of an MQTT broker and waits until the broker has taken them."""

    gives: ClassVar[type[Output]] = PublishOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Publish two measurements",
            """\
id: mqtt_publish
namespace: company.team

tasks:
  - id: publish
    type: io.kestra.plugin.mqtt.Publish
    server: tcp://localhost:1883
    clientId: flowsmith-publisher
    topic: house/kitchen
    serdeType: JSON
    retain: true
    from:
      - temperature: 21.5
      - temperature: 21.7
""",
        ),
    )

    topic: Text
    """The topic."""
    source: Annotated[Any, Field(alias="from")]
    """The messages: a list, one value, JSON text, or the address of a stored file of rows (`kestra:///…`)."""
    serde_type: SerdeType = "JSON"
    """Form of the payloads: `JSON`, or text as it is."""
    retain: bool = False
    """Whether the broker keeps the last message for those who subscribe later."""
    response_topic: Text | None = None
    """The topic for answers, with version 5."""
    correlation_data: Text | None = None
    """Data, base64, that an answer carries too, with version 5."""

    def run(self, ctx: RunContext) -> PublishOutput:
        """Publish the messages."""
        if not self.topic or any(sign in self.topic for sign in "+#"):
            raise TaskFailure(f"topic: '{self.topic}' is not one topic; `+` and `#` are for subscribing")
        properties, count = self._properties(), 0
        under_way: deque[Any] = deque()
        with self.connected(ctx) as connection:
            for record in records_of(ctx, self.source, texts=self.serde_type != "JSON"):
                payload = encode(self.serde_type, record)
                under_way.append(
                    connection.client.publish(self.topic, payload, self.qos, self.retain, properties)
                )
                count += 1
                if len(under_way) >= _UNDER_WAY:
                    _taken(ctx, connection, under_way.popleft())
            for sent in under_way:
                _taken(ctx, connection, sent)
        ctx.metric("records", count, topic=self.topic)
        return PublishOutput(messages_count=count)

    def _properties(self) -> Any:
        if self.mqtt_version != "V5" or not (self.response_topic or self.correlation_data):
            return None
        found = mqtt("paho.mqtt.properties").Properties(mqtt("paho.mqtt.packettypes").PacketTypes.PUBLISH)
        if self.response_topic:
            found.ResponseTopic = self.response_topic
        if self.correlation_data:
            found.CorrelationData = binary("correlationData", self.correlation_data)
        return found


def _taken(ctx: RunContext, connection: Connection, sent: Any) -> None:
    """Wait until the broker has taken a message; raises TaskFailure."""
    left = _ANSWER_SECONDS
    while True:
        connection.check(ctx)
        try:
            sent.wait_for_publish(_STEP_SECONDS)
        except (RuntimeError, ValueError) as error:
            raise TaskFailure(f"A message was not accepted: {error}") from error
        if sent.is_published():
            return
        left -= _STEP_SECONDS
        if left <= 0:
            raise TaskFailure(f"A message was not taken by the broker within {_ANSWER_SECONDS:.0f} seconds")
