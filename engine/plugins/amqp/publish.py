"""`io.kestra.plugin.amqp.Publish`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins._records import records_of
from engine.plugins.amqp._amqp import AmqpProperties, SerdeType, amqp, packed, reason


class PublishOutput(Output):
    """What was sent."""

    messages_count: int = 0
    """How many messages."""


class Publish(AmqpProperties, Task):
    """Sends messages to an exchange of an AMQP broker.

    Every message is confirmed by the broker. When one cannot be sent the task fails; earlier ones stay sent.
    """

    gives: ClassVar[type[Output]] = PublishOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Send two messages",
            """\
id: amqp_publish
namespace: company.team

tasks:
  - id: publish
    type: io.kestra.plugin.amqp.Publish
    host: localhost
    username: loader
    password: "{{ secret('AMQP_PASSWORD') }}"
    exchange: orders
    routingKey: new
    from:
      - data: first
        headers:
          kind: test
      - data: second
        expiration: PT1H
""",
        ),
    )

    exchange: Text
    """Name of the exchange; the empty one hands messages to the queue that `routingKey` names."""
    routing_key: Text | None = None
    """Routing key of the messages."""
    source: Annotated[Any, Field(alias="from")]
    """The messages: a map, a list of maps, their JSON text, or the address of a stored file of rows
    (`kestra:///…`). `data` is the content; `headers`, `contentType`, `contentEncoding`, `deliveryMode` (2: it
    outlives a restart of the broker), `priority`, `messageId`, `correlationId`, `replyTo`, `expiration`
    (like `PT1H`), `timestamp`, `type`, `userId` and `appId` may go with it."""
    serde_type: SerdeType = "STRING"
    """Form of the content: text, or `JSON`."""

    def run(self, ctx: RunContext) -> PublishOutput:
        """Send the messages."""
        count, errors = 0, amqp("pika.exceptions")
        with self.channel(ctx, f"Sending to the exchange '{self.exchange}'") as channel:
            channel.confirm_delivery()
            for record in records_of(ctx, self.source):
                if ctx.cancelled.is_set():
                    raise TaskFailure(f"Stopped; {count} messages were sent")
                properties, body = packed(record, self.serde_type)
                try:
                    channel.basic_publish(self.exchange, self.routing_key or "", body, properties)
                except errors.ShortStringTooLong as error:
                    raise TaskFailure(f"from: message {count + 1}: a property is too long") from error
                except errors.NackError as error:
                    raise TaskFailure(
                        f"The broker did not accept message {count + 1}: {reason(error)}"
                    ) from error
                count += 1
        ctx.metric("records", count)
        return PublishOutput(messages_count=count)
