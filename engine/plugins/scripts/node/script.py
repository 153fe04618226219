"""`io.kestra.plugin.scripts.node.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf


class Script(ScriptOf):
    """Runs a JavaScript program with Node.js; install npm packages in `beforeCommands`."""

    image: ClassVar[str] = "node"
    program: ClassVar[tuple[str, ...]] = ("node",)
    suffix: ClassVar[str] = ".js"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read JSON and give a value to the next task",
            """
id: node_script
namespace: company.team

tasks:
  - id: parse
    type: io.kestra.plugin.scripts.node.Script
    inputFiles:
      order.json: '{"id": 7, "items": [1, 2, 3]}'
    script: |
      const order = JSON.parse(require("fs").readFileSync("order.json", "utf8"));
      console.log(`::${JSON.stringify({ outputs: { items: order.items.length } })}::`);
""",
        ),
    )
