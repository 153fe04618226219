"""An execution in a namespace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from engine.plugin import Example, Text
from engine.plugin.condition import Condition
from engine.plugins.core.condition._event import event_of

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ExecutionNamespace(Condition):
    """Holds when the namespace of the execution is a given one, or begins or ends with it."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "After a failure anywhere below a namespace",
            """\
id: after-namespace
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: hello
triggers:
  - id: upstream
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - type: io.kestra.plugin.core.condition.ExecutionNamespace
        namespace: company
        comparison: PREFIX
      - type: io.kestra.plugin.core.condition.ExecutionStatus
        in: [FAILED]
""",
            runnable=True,
        ),
    )

    namespace: Text
    """The namespace."""

    comparison: Literal["EQUALS", "PREFIX", "SUFFIX"] | None = None
    """How it is compared; `EQUALS` when left out."""

    prefix: bool = False
    """Older form of `comparison: PREFIX`."""

    def holds(self, ctx: RunContext) -> bool:
        """Compare."""
        seen = str(event_of(ctx)["namespace"])
        comparison = self.comparison or ("PREFIX" if self.prefix else "EQUALS")
        if comparison == "PREFIX":
            return seen.startswith(self.namespace)
        return seen.endswith(self.namespace) if comparison == "SUFFIX" else seen == self.namespace
