"""`io.kestra.plugin.scripts.ruby.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf


class Script(ScriptOf):
    """Runs a Ruby script."""

    image: ClassVar[str] = "ruby"
    program: ClassVar[tuple[str, ...]] = ("ruby",)
    suffix: ClassVar[str] = ".rb"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a script",
            """
id: ruby_script
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.ruby.Script
    script: |
      puts [1, 2, 3].sum
""",
        ),
    )
