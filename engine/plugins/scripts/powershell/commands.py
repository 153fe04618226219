"""`io.kestra.plugin.scripts.powershell.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs commands with PowerShell at hand."""

    image: ClassVar[str] = "ghcr.io/kestra-io/powershell:latest"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a command",
            """
id: powershell_commands
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.powershell.Commands
    commands:
      - 'pwsh -Command "Get-Date"'
""",
        ),
    )

    interpreter: list[str] = ["pwsh", "-NoProfile", "-NonInteractive", "-Command"]
    """The program, with arguments, that gets all commands as one text."""
