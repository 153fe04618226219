"""`io.kestra.plugin.scripts.deno.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf


class Script(ScriptOf):
    """Runs a Deno script."""

    image: ClassVar[str] = "denoland/deno"
    program: ClassVar[tuple[str, ...]] = ("deno", "run")
    suffix: ClassVar[str] = ".ts"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a script",
            """
id: deno_script
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.deno.Script
    script: |
      const total: number = [1, 2, 3].reduce((a, b) => a + b);
      console.log(total);
""",
        ),
    )
