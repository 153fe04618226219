"""`io.kestra.plugin.scripts.bun.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs commands with Bun at hand."""

    image: ClassVar[str] = "oven/bun"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a command",
            """
id: bun_commands
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.bun.Commands
    commands:
      - 'bun -e "console.log(40 + 2)"'
""",
        ),
    )
