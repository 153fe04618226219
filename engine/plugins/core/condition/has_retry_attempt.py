"""An execution with attempts in a state."""

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


class HasRetryAttempt(Condition):
    """Holds when an attempt of a task of the execution has a state that is one of `in`, none of `notIn`."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "After executions in which a task failed at first",
            """\
id: after-retries
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: hello
triggers:
  - id: upstream
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - type: io.kestra.plugin.core.condition.HasRetryAttempt
        in: [FAILED]
""",
            runnable=True,
        ),
    )

    in_: Annotated[list[State] | None, Field(alias="in")] = None
    """States that are meant; all when left out."""

    not_in: list[State] | None = None
    """States that are not meant."""

    def holds(self, ctx: RunContext) -> bool:
        """Look at every attempt."""
        return any(
            (self.in_ is None or state in self.in_) and state not in (self.not_in or [])
            for state in event_of(ctx).get("attempts") or []
        )
