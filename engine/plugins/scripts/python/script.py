"""`io.kestra.plugin.scripts.python.Script`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example
from engine.plugins.scripts._script import ScriptOf
from engine.plugins.scripts.python._python import PythonTask, with_json_words


class Script(PythonTask, ScriptOf):
    """Runs a Python script.

    The script gives outputs to later tasks with the `kestra` package (`Kestra.outputs({...})`, list it in
    `dependencies`) or by printing `::{"outputs": {...}}::`. Files it writes are kept when they match
    `outputFiles`.
    """

    suffix: ClassVar[str] = ".py"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Compute something and give it to the next task",
            """
id: python_script
namespace: company.team

tasks:
  - id: compute
    type: io.kestra.plugin.scripts.python.Script
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    script: |
      import json

      squares = [number ** 2 for number in range(5)]
      print("::" + json.dumps({"outputs": {"squares": squares, "largest": max(squares)}}) + "::")

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "The largest square is {{ outputs.compute.vars.largest }}"
""",
            runnable=True,
        ),
        Example(
            "Clean a CSV file with pandas and keep the result",
            """
id: clean_csv
namespace: company.team

inputs:
  - id: orders
    type: FILE

tasks:
  - id: clean
    type: io.kestra.plugin.scripts.python.Script
    containerImage: python:3.13-slim
    dependencies:
      - pandas
    inputFiles:
      orders.csv: "{{ inputs.orders }}"
    outputFiles:
      - clean.csv
    script: |
      import pandas as pd

      pd.read_csv("orders.csv").dropna().to_csv("clean.csv", index=False)
""",
        ),
    )

    def prepared(self, script: str) -> str:
        """Return the text with the words of JSON defined."""
        return with_json_words(script)
