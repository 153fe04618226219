"""`io.kestra.plugin.redis.list.ListPop`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.redis.list._pop import PopOutput, PopProperties


class ListPop(PopProperties, Task):
    """Takes values from the head of a list of Redis and stores them in a file.

    When the task fails or is stopped, what it took is put back at the head.
    """

    gives: ClassVar[type[Output]] = PopOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Take up to a hundred values",
            """\
id: redis_list_pop
namespace: company.team

tasks:
  - id: pop
    type: io.kestra.plugin.redis.list.ListPop
    url: "{{ secret('REDIS_URL') }}"
    key: jobs
    maxRecords: 100

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.pop.count }} values"
""",
        ),
    )

    def run(self, ctx: RunContext) -> PopOutput:
        """Take the values."""
        return self.popped(ctx)
