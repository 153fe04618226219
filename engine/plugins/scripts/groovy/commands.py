"""`io.kestra.plugin.scripts.groovy.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs commands with Groovy at hand."""

    image: ClassVar[str] = "groovy"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a command",
            """
id: groovy_commands
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.groovy.Commands
    commands:
      - 'groovy -e "println 40 + 2"'
""",
        ),
    )
