"""Check conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from engine.errors import FlowsmithError, TaskFailure
from engine.model.truth import is_truthy
from engine.plugin import STATIC, Example, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Assert(Task):
    """Check conditions and fail when one of them is false or cannot be rendered.

    Every condition is checked, and each that does not hold is written to the log with level ERROR.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Check an input",
            """\
id: check-input
namespace: company.team
inputs:
  - id: year
    type: INT
    defaults: 2021
tasks:
  - id: check
    type: io.kestra.plugin.core.execution.Assert
    conditions:
      - "{{ inputs.year >= 2009 }}"
      - "{{ inputs.year < 2100 }}"
    errorMessage: "{{ inputs.year }} has no taxi data"
""",
            runnable=True,
        ),
    )

    conditions: Annotated[list[Text], STATIC]
    """The conditions; each is rendered and must be true."""

    error_message: Annotated[Text | None, STATIC] = None
    """What is added to the failure, to say what it means."""

    def run(self, ctx: RunContext) -> None:
        """Check every condition."""
        failed = [condition for condition in self.conditions if not self._holds(ctx, condition)]
        ctx.metric("failed", len(failed))
        ctx.metric("success", len(self.conditions) - len(failed))
        if failed:
            message = f"{len(failed)} assertion{'s' if len(failed) > 1 else ''} failed!"
            if self.error_message is not None:
                message += f"\n{ctx.render(self.error_message)}"
            raise TaskFailure(message)

    def _holds(self, ctx: RunContext, condition: str) -> bool:
        try:
            holds = is_truthy(ctx.render(condition))
        except FlowsmithError as error:
            ctx.error(f"Assertion `{condition}` failed: {error.message}")
            return False
        if not holds:
            ctx.error(f"Assertion `{condition}` failed!")
        return holds
