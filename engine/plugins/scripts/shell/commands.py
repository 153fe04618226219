"""`io.kestra.plugin.scripts.shell.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf


class Commands(CommandsOf):
    """Runs shell commands, one after the other in one shell: `cd`, `export` and the like last."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Download and unpack a file",
            """
id: extract_taxi
namespace: company.team

tasks:
  - id: extract
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    outputFiles:
      - "*.csv"
    commands:
      - curl -fsSL https://example.com/trips.csv.gz | gunzip > trips.csv
""",
        ),
        Example(
            "Keep the files that commands write",
            """
id: shell_commands
namespace: company.team

tasks:
  - id: write
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    env:
      CITY: "{{ flow.namespace }}"
    outputFiles:
      - out/**
    commands:
      - mkdir -p out
      - echo "$CITY" > out/city.txt

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.write.outputFiles['out/city.txt']) }}"
""",
            runnable=True,
        ),
    )
