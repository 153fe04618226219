"""`io.kestra.plugin.redis.string.Delete`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins._records import batches
from engine.plugins.redis._redis import RedisProperties

_AT_ONCE = 1000


class DeleteOutput(Output):
    """What was deleted."""

    count: int = 0
    """How many keys."""


class Delete(RedisProperties, Task):
    """Deletes keys of Redis."""

    gives: ClassVar[type[Output]] = DeleteOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete two keys",
            """\
id: redis_delete
namespace: company.team

tasks:
  - id: delete
    type: io.kestra.plugin.redis.string.Delete
    url: "{{ secret('REDIS_URL') }}"
    keys:
      - last-run
      - flow
""",
        ),
    )

    keys: list[Text]
    """The keys."""
    failed_on_missing: bool = False
    """Whether it is an error when some of the keys are not there; the others are deleted all the same."""

    def run(self, ctx: RunContext) -> DeleteOutput:
        """Delete the keys."""
        wanted = list(dict.fromkeys(self.keys))
        with self.connected(ctx, "Deleting keys") as client:
            count = sum(client.delete(*keys) for keys in batches(wanted, _AT_ONCE))
        ctx.metric("keys.deleted", count)
        if self.failed_on_missing and count < len(wanted):
            raise TaskFailure(
                f"keys: only {count} of {len(wanted)} were there and `failedOnMissing` is true",
            )
        return DeleteOutput(count=count)
