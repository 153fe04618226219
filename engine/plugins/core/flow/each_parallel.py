"""Run tasks for every value of a list, everything at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from engine.model.branches import Branches
from engine.model.flow import TaskSpec
from engine.plugin import Example, FlowableTask
from engine.plugins.core.flow._values import loop_values

if TYPE_CHECKING:
    from engine.plugin import RunContext


class EachParallel(FlowableTask):
    """Run tasks for every value, all tasks of all values at the same time. Fails as ForEach does."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.flows.EachParallel",)
    deprecated: ClassVar[str | None] = "io.kestra.plugin.core.flow.ForEach with `concurrencyLimit: 0`"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Two values",
            """\
id: each-at-once
namespace: company.team
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.EachParallel
    value: '["yellow", "green"]'
    tasks:
      - id: show
        type: io.kestra.plugin.core.log.Log
        message: "{{ taskrun.value }}"
""",
            runnable=True,
        ),
    )

    value: str | list[Any]
    """The values: a list, or a text that renders to a JSON array."""

    tasks: Annotated[list[TaskSpec], Field(min_length=1)]
    """The tasks to run for every value."""

    concurrent: Annotated[int, Field(ge=0)] = 0
    """How many task runs may run at the same time; 0 means all."""

    def branches(self, ctx: RunContext) -> Branches:
        """Run every task of every value."""
        return Branches.each(loop_values(self.value), self.tasks, limit=self.concurrent, flat=True)
