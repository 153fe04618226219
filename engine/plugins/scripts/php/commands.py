"""`io.kestra.plugin.scripts.php.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs commands with PHP at hand."""

    image: ClassVar[str] = "php"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a command",
            """
id: php_commands
namespace: company.team

tasks:
  - id: run
    type: io.kestra.plugin.scripts.php.Commands
    commands:
      - 'php -r "echo array_sum([1, 2, 3]);"'
""",
        ),
    )
