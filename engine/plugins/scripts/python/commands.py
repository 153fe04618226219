"""`io.kestra.plugin.scripts.python.Commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import CommandsOf
from engine.plugins.scripts.python._python import PythonTask


class Commands(PythonTask, CommandsOf):
    """Runs commands with Python at hand: programs given as input files, or kept as namespace files."""

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a program with an argument",
            """
id: python_commands
namespace: company.team

inputs:
  - id: name
    type: STRING
    defaults: world

tasks:
  - id: greet
    type: io.kestra.plugin.scripts.python.Commands
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    inputFiles:
      greet.py: |
        import sys

        with open("greeting.txt", "w") as file:
            file.write(f"Hello {sys.argv[1]}")
    outputFiles:
      - greeting.txt
    commands:
      - python greet.py "{{ inputs.name }}"

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.greet.outputFiles['greeting.txt']) }}"
""",
            runnable=True,
        ),
        Example(
            "Run a program of the namespace with its packages",
            """
id: nightly_report
namespace: company.team

tasks:
  - id: report
    type: io.kestra.plugin.scripts.python.Commands
    namespaceFiles:
      enabled: true
      include:
        - report/**
    dependencies:
      - requests
    commands:
      - python report/main.py
""",
        ),
    )
