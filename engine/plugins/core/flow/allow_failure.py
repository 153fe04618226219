"""Run tasks whose failure is not the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.model.branches import Branches
from engine.model.flow import TaskSpec
from engine.plugin import Example, FlowableTask

if TYPE_CHECKING:
    from engine.plugin import RunContext


class AllowFailure(FlowableTask):
    """Run tasks one after the other; when one fails the rest of them is left out and the flow goes on.

    The task then ends WARNING instead of FAILED. Its `errors` run as usual.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.flows.AllowFailure",)
    forgives: ClassVar[bool] = True
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Go on after a failure",
            """\
id: go-on
namespace: company.team
tasks:
  - id: try
    type: io.kestra.plugin.core.flow.AllowFailure
    tasks:
      - id: broken
        type: io.kestra.plugin.core.execution.Fail
  - id: after
    type: io.kestra.plugin.core.log.Log
    message: still here
""",
        ),
    )

    tasks: Annotated[list[TaskSpec], Field(min_length=1)]
    """The tasks, in the order in which they run."""

    def branches(self, ctx: RunContext) -> Branches:
        """Run all tasks in order."""
        return Branches.sequence(self.tasks)
