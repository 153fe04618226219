"""Resume another execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Change, Example, ExecutionTask, Text
from engine.plugin import Resume as Wish

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Resume(ExecutionTask):
    """Resume a paused execution of any flow, with the values its Pause task asks for.

    Fails when the execution does not exist, is not PAUSED, or the values do not fit.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Approve what another flow waits for",
            """\
id: approve
namespace: company.team
inputs:
  - id: execution
    type: STRING
tasks:
  - id: resume
    type: io.kestra.plugin.core.execution.Resume
    executionId: "{{ inputs.execution }}"
    inputs:
      approved: true
""",
        ),
    )

    execution_id: Text
    """Id of the execution to resume."""

    namespace: Text | None = None
    """Namespace of its flow; the id alone is enough."""

    flow_id: Text | None = None
    """Id of its flow; the id of the execution alone is enough."""

    inputs: dict[str, Any] | None = None
    """Values for the `onResume` inputs of its Pause task."""

    def change(self, ctx: RunContext) -> Change:
        """Resume it."""
        if self.execution_id == ctx.where.execution_id:
            raise TaskFailure("executionId: an execution cannot resume itself")
        return Change(resume=Wish(self.execution_id, self.inputs or {}))
