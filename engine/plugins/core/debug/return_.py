"""Return a text as an output."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Output, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ReturnOutput(Output):
    """Outputs of `Return`."""

    value: str | None = None
    """The rendered text; null when `format` is absent."""


class Return(Task):
    """Render a text and keep it as the output `value`: always text, even for numbers and maps.

    Also writes it to the log with level DEBUG. Fails only when an expression cannot be rendered.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.debugs.Return",)
    gives: ClassVar[type[Output]] = ReturnOutput
    light: ClassVar[bool] = True
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Pass a value to the next task",
            """\
id: return-a-value
namespace: company.team
tasks:
  - id: file_name
    type: io.kestra.plugin.core.debug.Return
    format: "yellow_{{ flow.id }}.csv"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.file_name.value }}"
""",
            runnable=True,
        ),
    )

    format: Text | None = None
    """The text to render."""

    def run(self, ctx: RunContext) -> ReturnOutput:
        """Return the text."""
        started = perf_counter()
        if self.format is not None:
            ctx.debug(self.format)
            ctx.metric("length", len(self.format))
        ctx.metric("duration", perf_counter() - started, kind="timer")
        return ReturnOutput(value=self.format)
