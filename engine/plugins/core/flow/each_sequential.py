"""Run tasks for every value of a list, one value after the other."""

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


class EachSequential(FlowableTask):
    """Run tasks for every value, one value after the other. Fails as ForEach does."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.flows.EachSequential",)
    deprecated: ClassVar[str | None] = "io.kestra.plugin.core.flow.ForEach"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Two values",
            """\
id: each-in-turn
namespace: company.team
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.EachSequential
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

    def branches(self, ctx: RunContext) -> Branches:
        """Run the tasks for one value after the other."""
        return Branches.each(loop_values(self.value), self.tasks, limit=1)
