"""An execution with labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from engine.plugin import Example
from engine.plugin.condition import Condition
from engine.plugins.core.condition._event import event_of
from engine.plugins.core.execution.labels import read_labels

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ExecutionLabels(Condition):
    """Holds when the execution has all given labels."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "After executions with a label",
            """\
id: after-labels
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: hello
triggers:
  - id: upstream
    type: io.kestra.plugin.core.trigger.Flow
    conditions:
      - type: io.kestra.plugin.core.condition.ExecutionLabels
        labels:
          team: taxi
""",
            runnable=True,
        ),
    )

    labels: dict[str, Any] | list[Any]
    """The labels: a map, or a list of maps with `key` and `value`."""

    def holds(self, ctx: RunContext) -> bool:
        """Compare."""
        seen = event_of(ctx).get("labels") or {}
        return all(seen.get(key) == value for key, value in read_labels(self.labels).items())
