"""Remove variables of the execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Change, Example, ExecutionTask, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class UnsetVariables(ExecutionTask):
    """Remove variables of the execution. Fails when one does not exist, unless `ignoreMissing` is true."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Remove a variable, and a part of another",
            """\
id: unset-variables
namespace: company.team
variables:
  table: trips
  limits:
    rows: 10
    seconds: 60
tasks:
  - id: unset
    type: io.kestra.plugin.core.execution.UnsetVariables
    variables: [table, limits.rows]
""",
            runnable=True,
        ),
    )

    variables: list[Text]
    """Names of variables; dots reach into maps."""

    ignore_missing: bool = False
    """Do not fail for variables that do not exist."""

    def change(self, ctx: RunContext) -> Change:
        """Remove the variables."""
        return Change(unset_variables=self.variables, ignore_missing_variables=self.ignore_missing)
