"""An expression that is true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Text
from engine.plugin.condition import Condition

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Expression(Condition):
    """Holds when an expression renders to a text that is neither blank nor, spaces around it aside, `false`.

    Fails when it cannot be rendered.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Only on some days",
            """\
id: odd-days
namespace: company.team
tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: hello
triggers:
  - id: daily
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 11 * * *"
    conditions:
      - type: io.kestra.plugin.core.condition.Expression
        expression: "{{ trigger.date | date('d') != '13' }}"
""",
            runnable=True,
        ),
    )

    expression: Text
    """The expression."""

    def holds(self, ctx: RunContext) -> bool:
        """Judge the rendered text."""
        return self.expression.strip() not in ("", "false")
