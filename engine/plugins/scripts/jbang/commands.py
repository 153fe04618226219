"""`io.kestra.plugin.scripts.jbang.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs commands with JBang at hand."""

    image: ClassVar[str] = "jbangdev/jbang-action"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a command",
            """
id: jbang_commands
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.jbang.Commands
    commands:
      - 'jbang --version'
""",
        ),
    )
