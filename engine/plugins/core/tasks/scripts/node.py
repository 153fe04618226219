"""`io.kestra.core.tasks.scripts.Node`, the JavaScript task of the oldest flows."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, RunContext
from engine.plugins.core.tasks.scripts._legacy import CountedCommands, LegacyOutput, LegacyTask


class Node(LegacyTask):
    """Runs `main.js` of `inputFiles` with Node.js; packages of a `package.json` beside it come first."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.scripts.Node",)
    deprecated: ClassVar[str | None] = "io.kestra.plugin.scripts.node.Script"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a program",
            """\
id: legacy_node
namespace: company.team

tasks:
  - id: count
    type: io.kestra.plugin.core.tasks.scripts.Node
    inputFiles:
      main.js: |
        console.log('::{"outputs": {"count": ' + process.argv.length + '}}::');
    args: ["one", "two"]
""",
        ),
    )

    args: list[str] = []
    """Arguments of the program."""
    node_path: str = "node"
    """The program that runs it."""
    npm_path: str = "npm"
    """The program that installs the packages of `package.json`."""

    def run(self, ctx: RunContext) -> LegacyOutput:
        """Run the program."""
        self.needs("main.js")
        install = [f"{self.npm_path} install --silent"] if "package.json" in (self.input_files or {}) else []
        call = " ".join((self.node_path, "main.js", *map(shlex.quote, self.args)))
        return self.execute(ctx, CountedCommands, [*install, call])
