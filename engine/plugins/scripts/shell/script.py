"""`io.kestra.plugin.scripts.shell.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf


class Script(ScriptOf):
    """Runs a shell script."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Count files and give the number to the next task",
            """
id: shell_script
namespace: company.team

tasks:
  - id: count
    type: io.kestra.plugin.scripts.shell.Script
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    script: |
      touch first.txt second.txt
      found=$(ls *.txt | wc -l | tr -d ' ')
      echo '::{"outputs": {"found": '$found'}}::'

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.count.vars.found }} files"
""",
            runnable=True,
        ),
    )
