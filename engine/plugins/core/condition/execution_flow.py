"""An execution of one flow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Text
from engine.plugin.condition import Condition
from engine.plugins.core.condition._event import event_of

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ExecutionFlow(Condition):
    """Holds when the execution is one of a given flow."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "After any execution of a flow",
            """\
id: after-one-flow
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: hello
triggers:
  - id: upstream
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - type: io.kestra.plugin.core.condition.ExecutionFlow
        namespace: company.team
        flowId: load-taxi
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
        event = event_of(ctx)
        return (event["namespace"], event["flowId"]) == (self.namespace, self.flow_id)
