"""`io.kestra.plugin.scripts.php.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf


class Script(ScriptOf):
    """Runs a PHP script."""

    image: ClassVar[str] = "php"
    program: ClassVar[tuple[str, ...]] = ("php",)
    suffix: ClassVar[str] = ".php"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a script",
            """
id: php_script
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.php.Script
    script: |
      <?php
      echo array_sum([1, 2, 3]);
""",
        ),
    )
