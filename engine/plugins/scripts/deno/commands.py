"""`io.kestra.plugin.scripts.deno.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs commands with Deno at hand."""

    image: ClassVar[str] = "denoland/deno"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a command",
            """
id: deno_commands
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.deno.Commands
    commands:
      - 'deno eval "console.log(40 + 2)"'
""",
        ),
    )
