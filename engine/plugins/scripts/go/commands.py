"""`io.kestra.plugin.scripts.go.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs commands with Go at hand."""

    image: ClassVar[str] = "golang"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a command",
            """
id: go_commands
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.go.Commands
    commands:
      - 'go version'
""",
        ),
    )
