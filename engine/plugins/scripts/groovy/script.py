"""`io.kestra.plugin.scripts.groovy.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf


class Script(ScriptOf):
    """Runs a Groovy script."""

    image: ClassVar[str] = "groovy"
    program: ClassVar[tuple[str, ...]] = ("groovy",)
    suffix: ClassVar[str] = ".groovy"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a script",
            """
id: groovy_script
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.groovy.Script
    script: |
      println([1, 2, 3].sum())
""",
        ),
    )
