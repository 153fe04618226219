"""End the execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from engine.model.state import State
from engine.plugin import Change, Example, ExecutionTask

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Exit(ExecutionTask):
    """End the execution at once in a given state; tasks that follow do not run, nor do `errors`.

    Tasks that run side by side finish, unless the state is KILLED: then they are killed.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "End early when there is nothing to do",
            """\
id: end-early
namespace: company.team
tasks:
  - id: nothing_new
    type: io.kestra.plugin.core.flow.If
    condition: "{{ true }}"
    then:
      - id: end
        type: io.kestra.plugin.core.execution.Exit
        state: SUCCESS
  - id: never
    type: io.kestra.plugin.core.execution.Fail
""",
            runnable=True,
        ),
    )

    state: Literal["SUCCESS", "WARNING", "KILLED", "FAILED", "CANCELED", "CANCELLED"] = "SUCCESS"
    """The state in which the execution ends."""

    def change(self, ctx: RunContext) -> Change:
        """End in the state."""
        return Change(exit_state=State("CANCELLED" if self.state == "CANCELED" else self.state))
