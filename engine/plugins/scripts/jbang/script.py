"""`io.kestra.plugin.scripts.jbang.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf


class Script(ScriptOf):
    """Runs a JBang script."""

    image: ClassVar[str] = "jbangdev/jbang-action"
    program: ClassVar[tuple[str, ...]] = ("jbang",)
    suffix: ClassVar[str] = ".java"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a script",
            """
id: jbang_script
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.jbang.Script
    script: |
      class Hello {
          public static void main(String[] args) {
              System.out.println("Hello from Java");
          }
      }
""",
        ),
    )

    extension: str = ".java"
    """The end of the script file's name: `.java`, `.jsh`, `.kt`, `.groovy` or `.md`."""

    def suffix_for(self) -> str:
        """Return the end of the file's name."""
        return f".{self.extension.removeprefix('.')}"
