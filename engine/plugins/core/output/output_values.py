"""Give values as outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from engine.plugin import Example, Output, Task

if TYPE_CHECKING:
    from engine.plugin import RunContext


class OutputValuesOutput(Output):
    """Outputs of `OutputValues`."""

    values: dict[str, Any]
    """The rendered values, in the same shape."""


class OutputValues(Task):
    """Give any values as outputs, read as `outputs.<id>.values.<name>`. Texts inside are rendered to text.

    Fails only when an expression cannot be rendered.
    """

    gives: ClassVar[type[Output]] = OutputValuesOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Two values for later tasks",
            """\
id: values
namespace: company.team
tasks:
  - id: names
    type: io.kestra.plugin.core.output.OutputValues
    values:
      table: "{{ flow.id | replace({'-': '_'}) }}"
      columns: [pickup, dropoff]
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.names.values.table }} has {{ outputs.names.values.columns | length }} columns"
""",
            runnable=True,
        ),
    )

    values: dict[str, Any] = {}
    """Names to values of any shape."""

    def run(self, ctx: RunContext) -> OutputValuesOutput:
        """Return the values."""
        return OutputValuesOutput(values=self.values)
