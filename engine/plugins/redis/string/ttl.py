"""`io.kestra.plugin.redis.string.Ttl`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.redis._redis import RedisProperties


class TtlOutput(Output):
    """How long the key stays."""

    ttl: int
    """Seconds; -1: it stays for ever, -2: there is no such key."""
    key: str
    """The key."""


class Ttl(RedisProperties, Task):
    """Tells how long a key of Redis stays."""

    gives: ClassVar[type[Output]] = TtlOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Ask how long a key stays",
            """\
id: redis_ttl
namespace: company.team

tasks:
  - id: ttl
    type: io.kestra.plugin.redis.string.Ttl
    url: "{{ secret('REDIS_URL') }}"
    key: last-run
""",
        ),
    )

    key: Text
    """The key."""

    def run(self, ctx: RunContext) -> TtlOutput:
        """Ask."""
        with self.connected(ctx, f"Reading '{self.key}'") as client:
            return TtlOutput(ttl=client.ttl(self.key), key=self.key)
