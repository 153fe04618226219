"""`io.kestra.plugin.scripts.julia.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf


class Script(ScriptOf):
    """Runs a Julia script."""

    image: ClassVar[str] = "julia"
    program: ClassVar[tuple[str, ...]] = ("julia",)
    suffix: ClassVar[str] = ".jl"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a script",
            """
id: julia_script
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.julia.Script
    script: |
      println(sum(1:10))
""",
        ),
    )
