"""An execution in a state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.model.state import State
from engine.plugin import Example
from engine.plugin.condition import Condition
from engine.plugins.core.condition._event import event_of

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ExecutionStatus(Condition):
    """Holds when the state of the execution is one of `in`, and none of `notIn`."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "After successes and warnings",
            """\
id: after-success
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: hello
triggers:
  - id: upstream
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - type: io.kestra.plugin.core.condition.ExecutionStatus
        in: [SUCCESS, WARNING]
""",
            runnable=True,
        ),
    )

    in_: Annotated[list[State] | None, Field(alias="in")] = None
    """States that are meant; all when left out."""

    not_in: list[State] | None = None
    """States that are not meant."""

    def holds(self, ctx: RunContext) -> bool:
        """Compare."""
        state = event_of(ctx)["state"]
        return (self.in_ is None or state in self.in_) and state not in (self.not_in or [])
