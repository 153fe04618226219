"""`io.kestra.core.tasks.scripts.Bash`, the shell task of the oldest flows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, RunContext
from engine.plugins.core.tasks.scripts._legacy import CountedCommands, LegacyOutput, LegacyTask


class Bash(LegacyTask):
    """Runs shell commands, one after the other in one shell."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.scripts.Bash",)
    deprecated: ClassVar[str | None] = "io.kestra.plugin.scripts.shell.Commands"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Keep a file that commands write",
            """\
id: legacy_bash
namespace: company.team

tasks:
  - id: write
    type: io.kestra.plugin.core.tasks.scripts.Bash
    outputFiles:
      - result
    commands:
      - echo "1,2" > {{ outputFiles.result }}

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.write.outputFiles.result) }}"
""",
            runnable=True,
        ),
    )

    commands: list[str]
    """The commands."""

    def run(self, ctx: RunContext) -> LegacyOutput:
        """Run the commands."""
        return self.execute(ctx, CountedCommands, self.commands)
