"""`io.kestra.plugin.scripts.ruby.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs commands with Ruby at hand."""

    image: ClassVar[str] = "ruby"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a command",
            """
id: ruby_commands
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.ruby.Commands
    commands:
      - 'ruby -e "puts [1, 2, 3].sum"'
""",
        ),
    )
