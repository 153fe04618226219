"""Set variables of the execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from engine.plugin import Change, Example, ExecutionTask

if TYPE_CHECKING:
    from engine.plugin import RunContext


class SetVariables(ExecutionTask):
    """Set variables of the execution, read as `vars.<name>` by the tasks that follow.

    Maps are merged deeply. Fails when `overwrite` is false and a variable of the same name exists.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Count on",
            """\
id: set-a-variable
namespace: company.team
variables:
  table: trips
tasks:
  - id: set
    type: io.kestra.plugin.core.execution.SetVariables
    variables:
      table: "{{ vars.table }}_2021"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ vars.table }}"
""",
            runnable=True,
        ),
    )

    variables: dict[str, Any]
    """Names to values."""

    overwrite: bool = True
    """Whether variables that exist are replaced; otherwise the task fails."""

    def change(self, ctx: RunContext) -> Change:
        """Set the variables."""
        return Change(set_variables=self.variables, overwrite_variables=self.overwrite)
