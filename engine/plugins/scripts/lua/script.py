"""`io.kestra.plugin.scripts.lua.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf


class Script(ScriptOf):
    """Runs a Lua script."""

    image: ClassVar[str] = "nickblah/lua"
    program: ClassVar[tuple[str, ...]] = ("lua",)
    suffix: ClassVar[str] = ".lua"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a script",
            """
id: lua_script
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.lua.Script
    script: |
      print(40 + 2)
""",
        ),
    )
