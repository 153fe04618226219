"""The namespace of the present flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Text
from engine.plugin.condition import Condition

if TYPE_CHECKING:
    from engine.plugin import RunContext


class FlowNamespaceCondition(Condition):
    """Holds when the present flow is in a given namespace, or below it."""

    deprecated: ClassVar[str | None] = "io.kestra.plugin.core.condition.ExecutionNamespace"
    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.models.conditions.types.FlowNamespaceCondition",)
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Below a namespace",
            """\
id: this-namespace
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: hello
triggers:
  - id: upstream
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - type: io.kestra.plugin.core.condition.FlowNamespaceCondition
        namespace: company
        prefix: true
""",
            runnable=True,
        ),
    )

    namespace: Text
    """The namespace."""

    prefix: bool = False
    """Whether namespaces that begin with it are meant too."""

    def holds(self, ctx: RunContext) -> bool:
        """Compare."""
        flow = ctx.variables.get("flow")
        if not isinstance(flow, Mapping):
            return False
        seen = str(flow["namespace"])
        return seen.startswith(self.namespace) if self.prefix else seen == self.namespace
