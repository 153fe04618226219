"""`io.kestra.plugin.redis.list.ListPush`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins._records import batches, records_of
from engine.plugins.redis._redis import RedisProperties, SerdeType, written


class ListPushOutput(Output):
    """What was pushed."""

    count: int = 0
    """How many values."""


class ListPush(RedisProperties, Task):
    """Puts values at the head of a list of Redis, one after the other: the last one is the first in the list.

    Values of a stored file are read and sent in batches; when one cannot be written, earlier batches stay.
    """

    gives: ClassVar[type[Output]] = ListPushOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Push two values",
            """\
id: redis_list_push
namespace: company.team

tasks:
  - id: push
    type: io.kestra.plugin.redis.list.ListPush
    url: "{{ secret('REDIS_URL') }}"
    key: jobs
    from:
      - first
      - second
""",
        ),
    )

    key: Text
    """Key of the list."""
    source: Annotated[Any, Field(alias="from")]
    """The values: a list, its JSON text, or the address of a stored file of rows (`kestra:///…`)."""
    serde_type: SerdeType = "STRING"
    """Form of the values: text, or `JSON`."""
    batch_size: Annotated[int, Field(ge=1)] = 500
    """How many values are sent at once."""

    def run(self, ctx: RunContext) -> ListPushOutput:
        """Push the values."""
        count = 0
        with self.connected(ctx, f"Pushing to '{self.key}'") as client:
            for batch in batches(records_of(ctx, self.source), self.batch_size):
                if ctx.cancelled.is_set():
                    raise TaskFailure(f"Stopped; {count} values were pushed to '{self.key}'")
                client.lpush(self.key, *(written(value, self.serde_type, "from") for value in batch))
                count += len(batch)
        ctx.metric("inserted.records.count", count)
        return ListPushOutput(count=count)
