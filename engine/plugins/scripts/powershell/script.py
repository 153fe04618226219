"""`io.kestra.plugin.scripts.powershell.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf, Session, require


class Script(ScriptOf):
    """Runs a PowerShell script."""

    image: ClassVar[str] = "ghcr.io/kestra-io/powershell:latest"
    program: ClassVar[tuple[str, ...]] = ("&",)  # PowerShell's way to run a file by its path
    suffix: ClassVar[str] = ".ps1"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a script",
            """
id: powershell_script
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.powershell.Script
    script: |
      Write-Output "Hello from PowerShell"
""",
        ),
    )

    interpreter: list[str] = ["pwsh", "-NoProfile", "-NonInteractive", "-Command"]
    """The program, with arguments, that gets all commands as one text."""

    def program_for(self, session: Session) -> Sequence[str]:
        """Return the call operator; the interpreter itself must be there."""
        require(session, self.interpreter[0])
        return self.program
