"""`io.kestra.plugin.redis.string.Get`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.redis._redis import RedisProperties, SerdeType, read


class GetOutput(Output):
    """What was read."""

    data: Any = None
    """The value; null when there is none."""
    key: str
    """Its key."""


class Get(RedisProperties, Task):
    """Reads a value of Redis."""

    gives: ClassVar[type[Output]] = GetOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read a value",
            """\
id: redis_get
namespace: company.team

tasks:
  - id: get
    type: io.kestra.plugin.redis.string.Get
    url: "{{ secret('REDIS_URL') }}"
    key: last-run
    failedOnMissing: true

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.get.data }}"
""",
        ),
    )

    key: Text
    """The key."""
    serde_type: SerdeType = "STRING"
    """Form of the value: text, or `JSON` that becomes a value."""
    failed_on_missing: bool = False
    """Whether it is an error when there is no such key."""

    def run(self, ctx: RunContext) -> GetOutput:
        """Read the value."""
        with self.connected(ctx, f"Reading '{self.key}'") as client:
            text = client.get(self.key)
        if text is None and self.failed_on_missing:
            raise TaskFailure(f"key: there is no '{self.key}' and `failedOnMissing` is true")
        return GetOutput(data=read(text, self.serde_type, f"'{self.key}'"), key=self.key)
