"""`io.kestra.plugin.scripts.r.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf


class Script(ScriptOf):
    """Runs a R script."""

    image: ClassVar[str] = "r-base"
    program: ClassVar[tuple[str, ...]] = ("Rscript",)
    suffix: ClassVar[str] = ".R"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a script",
            r"""
id: r_script
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.r.Script
    script: |
      cat(mean(c(1, 2, 3)), "\n")
""",
        ),
    )
