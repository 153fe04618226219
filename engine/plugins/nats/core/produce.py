"""`io.kestra.plugin.nats.core.Produce`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins._records import batches, records_of
from engine.plugins.nats._nats import Link, NatsProperties, message_of

_AT_ONCE = 500


class ProduceOutput(Output):
    """What was published."""

    messages_count: int = 0
    """How many messages."""


class Produce(NatsProperties, Task):
    """Publishes messages to a subject of NATS and waits until the server has them."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.nats.Produce",)
    gives: ClassVar[type[Output]] = ProduceOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Publish two messages",
            """\
id: nats_produce
namespace: company.team

tasks:
  - id: publish
    type: io.kestra.plugin.nats.core.Produce
    url: nats://localhost:4222
    username: loader
    password: "{{ secret('NATS_PASSWORD') }}"
    subject: orders.new
    from:
      - data: first
      - data: second
        headers:
          source: "{{ flow.id }}"
""",
        ),
    )

    subject: Text
    """The subject."""
    source: Annotated[Any, Field(alias="from")]
    """The messages, each with `data` and if wished `headers`: a list, one map, JSON text, or the address of
    a stored file of rows (`kestra:///…`)."""

    def run(self, ctx: RunContext) -> ProduceOutput:
        """Publish the messages."""
        count = 0
        with self.connected(ctx, f"publishing to '{self.subject}'") as link:
            for batch in batches(records_of(ctx, self.source), _AT_ONCE):
                link.wait(self._publish(link, [message_of(record) for record in batch]))
                count += len(batch)
        ctx.metric("records", count)
        return ProduceOutput(messages_count=count)

    async def _publish(self, link: Link, messages: list[tuple[bytes, dict[str, str] | None]]) -> None:
        for content, headers in messages:
            await link.client.publish(self.subject, content, headers=headers)
        await link.client.flush()
        if link.problems:  # such as a missing permission: the server tells it later
            raise ValueError(link.problems[0])
