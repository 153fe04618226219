"""`io.kestra.plugin.scripts.lua.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs commands with Lua at hand."""

    image: ClassVar[str] = "nickblah/lua"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a command",
            """
id: lua_commands
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.lua.Commands
    commands:
      - 'lua -e "print(40 + 2)"'
""",
        ),
    )
