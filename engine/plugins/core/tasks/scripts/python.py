"""`io.kestra.core.tasks.scripts.Python`, the Python task of the oldest flows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import ClassVar, Literal

from engine.plugin import Example, RunContext
from engine.plugins.core.tasks.scripts._legacy import CountedPythonCommands, LegacyOutput, LegacyTask

_VERSION = re.compile(r"python(\d+\.\d+)$")
_IN_ENVIRONMENT = """\
#!/bin/sh
exec "${VIRTUAL_ENV:+$VIRTUAL_ENV/bin/}%s" "$@"
"""
"""Old flows call `./bin/python`: the environment was once made in the working directory."""


class Python(LegacyTask):
    """Runs `main.py` of `inputFiles` in a Python environment of its own."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.scripts.Python",)
    deprecated: ClassVar[str | None] = "io.kestra.plugin.scripts.python.Script"
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Run a program with an argument",
            """\
id: legacy_python
namespace: company.team

tasks:
  - id: add
    type: io.kestra.plugin.core.tasks.scripts.Python
    inputFiles:
      main.py: |
        import json, sys
        print("::" + json.dumps({"outputs": {"sum": sum(map(int, sys.argv[1:]))}}) + "::")
    args: ["2", "3"]

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.add.vars.sum }}"
""",
            runnable=True,
        ),
    )

    commands: list[str] = ["./bin/python main.py"]
    """The commands."""
    args: list[str] = []
    """Arguments; they follow the last command."""
    requirements: list[str] = []
    """Packages the script needs, with or without version."""
    python_path: str = "python"
    """The Python; a version in its name, like `python3.12`, is that of the environment."""
    virtual_env: bool = True
    """Without effect: scripts always have an environment of their own."""
    package_manager: Literal["PIP", "UV"] = "PIP"
    """What installs the packages; uv does it in both cases, reading pip's settings."""

    def run(self, ctx: RunContext) -> LegacyOutput:
        """Run the program."""
        self.needs("main.py")
        folder = ctx.work_dir / "bin"
        folder.mkdir(exist_ok=True)
        for name in ("python", "python3", "pip"):
            place = folder / name
            place.write_text(_IN_ENVIRONMENT % name)
            place.chmod(0o755)
        found = _VERSION.search(self.python_path)
        version = found[1] if found else None
        commands = [*self.commands[:-1], " ".join((*self.commands[-1:], *map(shlex.quote, self.args)))]
        return self.execute(
            ctx, CountedPythonCommands, commands, dependencies=self.requirements, python_version=version
        )
