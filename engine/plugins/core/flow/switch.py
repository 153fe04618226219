"""Run the tasks of one case out of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import model_validator

from engine.errors import TaskFailure
from engine.model.branches import Branches
from engine.model.flow import TaskSpec
from engine.plugin import Example, FlowableTask, Output, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class SwitchOutput(Output):
    """Outputs of `Switch`."""

    value: str
    """The rendered value."""

    defaults: bool
    """Whether no case matched."""


class Switch(FlowableTask):
    """Run the tasks of the case whose name is equal to a value.

    The value is rendered to text and compared exactly: with case, without trimming; `true` matches a boolean
    that is true, `1` the number 1. Fails when no case matches and there are no `defaults`, and when a chosen
    task fails.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.flows.Switch",)
    gives: ClassVar[type[Output]] = SwitchOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "A case for every taxi",
            """\
id: switch-taxi
namespace: company.team
inputs:
  - id: taxi
    type: STRING
    defaults: green
tasks:
  - id: taxi
    type: io.kestra.plugin.core.flow.Switch
    value: "{{ inputs.taxi }}"
    cases:
      yellow:
        - id: yellow
          type: io.kestra.plugin.core.log.Log
          message: a yellow taxi
      green:
        - id: green
          type: io.kestra.plugin.core.log.Log
          message: a green taxi
    defaults:
      - id: other
        type: io.kestra.plugin.core.log.Log
        message: "{{ inputs.taxi }} is new"
""",
            runnable=True,
        ),
    )

    value: Text
    """What is compared with the names of the cases."""

    cases: dict[str, list[TaskSpec]] = {}
    """Names to the tasks that run when the value is equal to the name."""

    defaults: list[TaskSpec] | None = None
    """The tasks that run when no case matches."""

    @model_validator(mode="after")
    def _some_tasks(self) -> Switch:
        if not any(self.cases.values()) and not self.defaults:
            raise ValueError("No task defined, neither cases or default have any tasks")
        return self

    def branches(self, ctx: RunContext) -> Branches:
        """Choose one of the lists."""
        if self.value in self.cases:
            return Branches.sequence(self.cases[self.value])
        if not self.defaults:
            raise TaskFailure(
                f"No task found on flow '{ctx.where.flow_id}' for value '{self.value}': it is none of the "
                f"cases {', '.join(repr(name) for name in self.cases)} and there are no `defaults`",
                outputs={"value": self.value, "defaults": True},
            )
        return Branches.sequence(self.defaults)

    def opened(self, ctx: RunContext) -> SwitchOutput:
        """Tell what was chosen."""
        return SwitchOutput(value=self.value, defaults=self.value not in self.cases)
