"""`io.kestra.plugin.scripts.node.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs commands with Node.js at hand."""

    image: ClassVar[str] = "node"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a program that needs a package",
            """
id: node_commands
namespace: company.team

tasks:
  - id: colours
    type: io.kestra.plugin.scripts.node.Commands
    inputFiles:
      main.js: |
        const chalk = require("chalk");
        console.log(chalk.green("done"));
    beforeCommands:
      - npm install --silent chalk@4
    commands:
      - node main.js
""",
        ),
    )
