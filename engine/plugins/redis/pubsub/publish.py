"""`io.kestra.plugin.redis.pubsub.Publish`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins._records import batches, records_of
from engine.plugins.redis._redis import RedisProperties, SerdeType, written

_AT_ONCE = 500


class PublishOutput(Output):
    """What was published."""

    count: int = 0
    """How many values."""


class Publish(RedisProperties, Task):
    """Sends values to those who listen to a channel of Redis at that moment."""

    gives: ClassVar[type[Output]] = PublishOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Tell that a flow has run",
            """\
id: redis_publish
namespace: company.team

tasks:
  - id: publish
    type: io.kestra.plugin.redis.pubsub.Publish
    url: "{{ secret('REDIS_URL') }}"
    channel: news
    from:
      - "{{ flow.id }} has run"
""",
        ),
    )

    channel: Text
    """Name of the channel."""
    source: Annotated[Any, Field(alias="from")]
    """The values: a list, its JSON text, or the address of a stored file of rows (`kestra:///…`)."""
    serde_type: SerdeType = "STRING"
    """Form of the values: text, or `JSON`."""

    def run(self, ctx: RunContext) -> PublishOutput:
        """Publish the values, in order."""
        count = 0
        with self.connected(ctx, f"Publishing to '{self.channel}'") as client:
            for batch in batches(records_of(ctx, self.source), _AT_ONCE):
                if ctx.cancelled.is_set():
                    raise TaskFailure(f"Stopped; {count} values were published to '{self.channel}'")
                with client.pipeline(transaction=False) as several:
                    for value in batch:
                        several.publish(self.channel, written(value, self.serde_type, "from"))
                    several.execute()
                count += len(batch)
        ctx.metric("published.records.count", count)
        return PublishOutput(count=count)
