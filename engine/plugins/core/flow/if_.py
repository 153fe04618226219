"""Run tasks when a condition is true, others when it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.model.branches import Branches
from engine.model.flow import TaskSpec
from engine.model.truth import is_truthy
from engine.plugin import Example, FlowableTask, Output, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class IfOutput(Output):
    """Outputs of `If`."""

    evaluation_result: bool
    """Whether the condition was true."""


class If(FlowableTask):
    """Run the tasks under `then` when the condition is true, those under `else` when it is not.

    The condition is rendered to text once, when the task starts. The text is false when it is empty,
    `false`, `0` or `-0`, and true otherwise. Without `else` a false condition runs nothing and succeeds.
    Fails when the condition cannot be rendered or a chosen task fails.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.flows.If",)
    gives: ClassVar[type[Output]] = IfOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Choose by an input",
            """\
id: choose
namespace: company.team
inputs:
  - id: taxi
    type: STRING
    defaults: yellow
tasks:
  - id: is_yellow
    type: io.kestra.plugin.core.flow.If
    condition: "{{ inputs.taxi == 'yellow' }}"
    then:
      - id: yellow
        type: io.kestra.plugin.core.log.Log
        message: a yellow taxi
    else:
      - id: other
        type: io.kestra.plugin.core.log.Log
        message: another taxi
""",
            runnable=True,
        ),
    )

    condition: Text | None
    """The condition; usually one expression."""

    then: Annotated[list[TaskSpec], Field(min_length=1)]
    """The tasks to run when the condition is true."""

    else_: Annotated[list[TaskSpec], Field(alias="else")] = []
    """The tasks to run when the condition is false."""

    def branches(self, ctx: RunContext) -> Branches:
        """Choose one of the two lists."""
        return Branches.sequence(self.then if is_truthy(self.condition) else self.else_)

    def opened(self, ctx: RunContext) -> IfOutput:
        """Tell what was chosen."""
        return IfOutput(evaluation_result=is_truthy(self.condition))
