"""`io.kestra.plugin.scripts.julia.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs commands with Julia at hand."""

    image: ClassVar[str] = "julia"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a command",
            """
id: julia_commands
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.julia.Commands
    commands:
      - 'julia -e "println(sum(1:10))"'
""",
        ),
    )
