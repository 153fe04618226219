"""An execution whose outputs fulfil an expression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from engine.model.truth import is_truthy
from engine.plugin import STATIC, Example, Text
from engine.plugin.condition import Condition
from engine.plugins.core.condition._event import event_of

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ExecutionOutputs(Condition):
    """Holds when an expression over the outputs of the execution is true.

    Only outputs the flow declares are seen. Without any the condition does not hold.
    """

    row_properties: ClassVar[tuple[str, ...]] = ("expression",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "After a load of many rows",
            """\
id: after-outputs
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: hello
triggers:
  - id: upstream
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - type: io.kestra.plugin.core.condition.ExecutionOutputs
        expression: "{{ trigger.outputs.rows > 1000 }}"
""",
            runnable=True,
        ),
    )

    expression: Annotated[Text, STATIC]
    """The expression; it sees `trigger.outputs`."""

    def holds(self, ctx: RunContext) -> bool:
        """Render and judge."""
        outputs = event_of(ctx).get("outputs")
        if outputs is None:
            return False
        return is_truthy(ctx.render(self.expression, {"trigger": {"outputs": outputs}}).strip())
