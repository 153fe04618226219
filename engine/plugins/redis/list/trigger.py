"""`io.kestra.plugin.redis.list.Trigger`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Fired, Output, PollingTrigger, RunContext
from engine.plugins.redis.list._pop import PopOutput, PopProperties


class Trigger(PopProperties, PollingTrigger):
    """Takes values from the head of a list of Redis every `interval`; starts the flow when there are some."""

    gives: ClassVar[type[Output]] = PopOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Start when there is work",
            """\
id: redis_list_trigger
namespace: company.team

tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.count }} values in {{ trigger.uri }}"

triggers:
  - id: work
    type: io.kestra.plugin.redis.list.Trigger
    url: "{{ secret('REDIS_URL') }}"
    key: jobs
    maxRecords: 100
    interval: PT30S
""",
        ),
    )

    def poll(self, ctx: RunContext) -> Fired | None:
        """Look once."""
        output = self.popped(ctx)
        return Fired(output.model_dump(by_alias=True)) if output.count else None
