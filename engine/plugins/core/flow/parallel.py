"""Run tasks at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.model.branches import Branches
from engine.model.flow import TaskSpec
from engine.plugin import Example, FlowableTask

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Parallel(FlowableTask):
    """Run tasks at the same time.

    When one fails, tasks that have not begun are not started, those running finish, and the whole fails.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.flows.Parallel",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Three tasks, at most two at once",
            """\
id: side-by-side
namespace: company.team
tasks:
  - id: all
    type: io.kestra.plugin.core.flow.Parallel
    concurrent: 2
    tasks:
      - id: yellow
        type: io.kestra.plugin.core.log.Log
        message: yellow
      - id: green
        type: io.kestra.plugin.core.log.Log
        message: green
      - id: fhv
        type: io.kestra.plugin.core.log.Log
        message: fhv
""",
            runnable=True,
        ),
    )

    tasks: Annotated[list[TaskSpec], Field(min_length=1)]
    """The tasks to run."""

    concurrent: Annotated[int, Field(ge=0)] = 0
    """How many tasks may run at the same time; 0 means all."""

    def branches(self, ctx: RunContext) -> Branches:
        """Run all tasks at once."""
        return Branches.parallel(self.tasks, limit=self.concurrent)
