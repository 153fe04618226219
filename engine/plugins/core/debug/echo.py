"""Write one message to the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.model.log import Level
from engine.plugin import Example, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Echo(Task):
    """Write one message to the log of the execution. Fails only when it cannot be rendered."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.debugs.Echo",)
    deprecated: ClassVar[str | None] = "io.kestra.plugin.core.log.Log"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Log a message",
            """\
id: echo
namespace: company.team
tasks:
  - id: echo
    type: io.kestra.plugin.core.debug.Echo
    format: "Hello from {{ flow.id }}"
""",
            runnable=True,
        ),
    )

    format: Text
    """The message."""

    level: Level = Level.INFO
    """The level of the message."""

    def run(self, ctx: RunContext) -> None:
        """Log the message."""
        ctx.log(self.level, self.format)
