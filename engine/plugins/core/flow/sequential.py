"""Run tasks one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.model.branches import Branches
from engine.model.flow import TaskSpec
from engine.plugin import Example, FlowableTask

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Sequential(FlowableTask):
    """Run tasks one after the other, for grouping them.

    The first task that fails stops the group, which then fails; `errors` of the group run before.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.flows.Sequential",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Two tasks as a group",
            """\
id: a-group
namespace: company.team
tasks:
  - id: group
    type: io.kestra.plugin.core.flow.Sequential
    tasks:
      - id: first
        type: io.kestra.plugin.core.debug.Return
        format: "1"
      - id: second
        type: io.kestra.plugin.core.log.Log
        message: "after {{ outputs.first.value }}"
""",
            runnable=True,
        ),
    )

    tasks: Annotated[list[TaskSpec], Field(min_length=1)]
    """The tasks, in the order in which they run."""

    def branches(self, ctx: RunContext) -> Branches:
        """Run all tasks in order."""
        return Branches.sequence(self.tasks)
