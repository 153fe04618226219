"""`io.kestra.plugin.redis.string.Increment`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.redis._redis import Expiration, RedisProperties


class IncrementOutput(Output):
    """The new value."""

    value: int | float
    """The number."""
    key: str
    """Its key."""


class Increment(RedisProperties, Task):
    """Adds to a number of Redis, in one step however many do so at the same time; a missing key is 0."""

    gives: ClassVar[type[Output]] = IncrementOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Count the runs of a flow",
            """\
id: redis_increment
namespace: company.team

tasks:
  - id: count
    type: io.kestra.plugin.redis.string.Increment
    url: "{{ secret('REDIS_URL') }}"
    key: "runs-{{ flow.id }}"
""",
        ),
    )

    key: Text
    """The key."""
    amount: int | float | None = None
    """How much is added; 1 when left out."""
    options: Expiration | None = None
    """When the number goes away."""

    def run(self, ctx: RunContext) -> IncrementOutput:
        """Add to the number."""
        end = self.options.at_ms(ctx.clock()) if self.options else None
        with self.connected(ctx, f"Adding to '{self.key}'") as client, client.pipeline() as both:
            if isinstance(self.amount, float):
                both.incrbyfloat(self.key, self.amount)
            else:
                both.incrby(self.key, 1 if self.amount is None else self.amount)
            if end is not None:
                both.pexpireat(self.key, end)
            value = both.execute()[0]
        return IncrementOutput(value=value, key=self.key)
