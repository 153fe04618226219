"""`io.kestra.plugin.scripts.go.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf


class Script(ScriptOf):
    """Runs a Go script."""

    image: ClassVar[str] = "golang"
    program: ClassVar[tuple[str, ...]] = ("go", "run")
    suffix: ClassVar[str] = ".go"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a script",
            """
id: go_script
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.go.Script
    script: |
      package main

      import "fmt"

      func main() {
          fmt.Println("Hello from Go")
      }
""",
        ),
    )
