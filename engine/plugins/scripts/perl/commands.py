"""`io.kestra.plugin.scripts.perl.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs commands with Perl at hand."""

    image: ClassVar[str] = "perl"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a command",
            """
id: perl_commands
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.perl.Commands
    commands:
      - 'perl -e "print 40 + 2"'
""",
        ),
    )
