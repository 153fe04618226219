"""`io.kestra.plugin.redis.string.Set`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.redis._redis import Expiration, RedisProperties, SerdeType, read, written


class Options(Expiration):
    """When the value is written, and when it goes away."""

    must_not_exist: bool = False
    """Write only where there is no such key."""
    must_exist: bool = False
    """Write only where there is such a key."""
    keep_ttl: bool = False
    """Keep the end the old value had."""


class SetOutput(Output):
    """What was there before."""

    old_value: Any = None
    """The value before, with `get: true`."""


class Set(RedisProperties, Task):
    """Writes a value into Redis. When a condition of `options` does not hold nothing is written."""

    gives: ClassVar[type[Output]] = SetOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Remember a value for a day",
            """\
id: redis_set
namespace: company.team

tasks:
  - id: set
    type: io.kestra.plugin.redis.string.Set
    url: "{{ secret('REDIS_URL') }}"
    key: last-run
    value: "{{ execution.startDate }}"
    options:
      expirationDuration: P1D
""",
        ),
        Example(
            "Write a map as JSON",
            """\
id: redis_set_json
namespace: company.team

tasks:
  - id: set
    type: io.kestra.plugin.redis.string.Set
    url: "{{ secret('REDIS_URL') }}"
    key: flow
    serdeType: JSON
    value:
      flow: "{{ flow.id }}"
      namespace: "{{ flow.namespace }}"
""",
        ),
    )

    key: Text
    """The key."""
    value: Any
    """The value."""
    options: Options = Options()
    """When the value is written, and when it goes away."""
    get: bool = False
    """Whether the value before is an output."""
    serde_type: SerdeType = "STRING"
    """Form of the value: text, or `JSON`."""

    def run(self, ctx: RunContext) -> SetOutput:
        """Write the value."""
        given, text = self.options, written(self.value, self.serde_type, "value")
        end = given.at_ms(ctx.clock())
        if given.must_exist and given.must_not_exist:
            raise TaskFailure("options: `mustExist` and `mustNotExist` exclude each other")
        if given.keep_ttl and end is not None:
            raise TaskFailure("options: `keepTtl` goes not with an expiration; leave one of them out")
        with self.connected(ctx, f"Writing '{self.key}'") as client:
            answer = client.set(
                self.key,
                text,
                pxat=end,
                nx=given.must_not_exist,
                xx=given.must_exist,
                keepttl=given.keep_ttl,
                get=self.get,
            )
        if not self.get and not answer:
            rule = "mustExist" if given.must_exist else "mustNotExist"
            ctx.warn(f"'{self.key}' was not written: `{rule}` does not hold")
        return SetOutput(old_value=read(answer, self.serde_type, f"'{self.key}'") if self.get else None)
