"""`io.kestra.plugin.scripts.r.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs commands with R at hand."""

    image: ClassVar[str] = "r-base"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a command",
            """
id: r_commands
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.r.Commands
    commands:
      - 'Rscript -e "cat(mean(1:10))"'
""",
        ),
    )
