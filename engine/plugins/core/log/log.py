"""Write messages to the log of the execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import field_validator

from engine.model.json import dumps
from engine.model.log import Level
from engine.plugin import Example, Task

if TYPE_CHECKING:
    from engine.plugin import RunContext


def text_of(value: object) -> str:
    """Write a value as a log line: texts as they are, anything else as JSON."""
    return value if isinstance(value, str) else dumps(value).decode()


class Log(Task):
    """Write one or several messages to the log of the execution.

    Fails when `message` is neither a text nor a list, or when an expression in it cannot be rendered.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.log.Log",)
    light: ClassVar[bool] = True
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Log one message",
            """\
id: hello
namespace: company.team
tasks:
  - id: hello
    type: io.kestra.plugin.core.log.Log
    message: "Execution {{ execution.id }} of {{ flow.id }} is running"
""",
            runnable=True,
        ),
        Example(
            "Log several messages with level WARN",
            """\
id: warnings
namespace: company.team
tasks:
  - id: warn
    type: io.kestra.plugin.core.log.Log
    level: WARN
    message:
      - The source file is late
      - "Checked at {{ now() }}"
""",
            runnable=True,
        ),
    )

    message: str | list[Any]
    """The message, or a list of messages; each item becomes a log line of its own."""

    level: Level = Level.INFO
    """The level of the messages."""

    @field_validator("message", mode="before")
    @classmethod
    def _as_written(cls, value: object) -> object:
        return text_of(value) if isinstance(value, bool) else value

    def run(self, ctx: RunContext) -> None:
        """Log every message."""
        for item in self.message if isinstance(self.message, list) else [self.message]:
            ctx.log(self.level, text_of(item))
