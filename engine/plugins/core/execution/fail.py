"""Fail on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.errors import TaskFailure
from engine.model.truth import is_truthy
from engine.plugin import Example, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Fail(Task):
    """Fail: always when there is no condition, else when the condition is true.

    The rendered condition is false when it is empty, `false`, `0` or `-0`, and true otherwise. A false
    condition ends SUCCESS.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.executions.Fail",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Fail when a file is too small",
            """\
id: too-small
namespace: company.team
inputs:
  - id: rows
    type: INT
    defaults: 100
tasks:
  - id: check
    type: io.kestra.plugin.core.execution.Fail
    condition: "{{ inputs.rows < 10 }}"
    errorMessage: "only {{ inputs.rows }} rows"
""",
            runnable=True,
        ),
    )

    condition: Text | None = None
    """When to fail; always when left out."""

    error_message: Text = "Task failure"
    """What is written to the log."""

    def run(self, ctx: RunContext) -> None:
        """Fail, or do nothing."""
        if self.condition is None:
            raise TaskFailure(self.error_message)
        if is_truthy(self.condition):
            ctx.error(self.error_message)
            raise TaskFailure("Fail on a condition")
