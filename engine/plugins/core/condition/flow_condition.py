"""The present flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Text
from engine.plugin.condition import Condition

if TYPE_CHECKING:
    from engine.plugin import RunContext


class FlowCondition(Condition):
    """Holds when the present flow is a given one."""

    deprecated: ClassVar[str | None] = "io.kestra.plugin.core.condition.ExecutionFlow"
    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.models.conditions.types.FlowCondition",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "In one flow",
            """\
id: this-flow
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: hello
triggers:
  - id: upstream
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - type: io.kestra.plugin.core.condition.FlowCondition
        namespace: company.team
        flowId: this-flow
""",
            runnable=True,
        ),
    )

    namespace: Text
    """Namespace of the flow."""

    flow_id: Text
    """Id of the flow."""

    def holds(self, ctx: RunContext) -> bool:
        """Compare."""
        flow = ctx.variables.get("flow")
        return isinstance(flow, Mapping) and (flow["namespace"], flow["id"]) == (self.namespace, self.flow_id)
