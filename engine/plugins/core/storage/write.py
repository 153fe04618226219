"""Write a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Output, Task, Text
from engine.plugins.core.storage._name import dotted

if TYPE_CHECKING:
    from engine.plugin import RunContext


class WriteOutput(Output):
    """Outputs of `Write`."""

    uri: str
    """Address of the file."""


class Write(Task):
    """Write a text into a file of the internal storage. Fails only when the text cannot be rendered."""

    gives: ClassVar[type[Output]] = WriteOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Write a CSV file",
            """\
id: write-a-file
namespace: company.team
tasks:
  - id: zones
    type: io.kestra.plugin.core.storage.Write
    content: |
      id,zone
      1,Newark
      2,Jamaica
    extension: .csv
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.zones.uri) }}"
""",
            runnable=True,
        ),
    )

    content: Text
    """The text."""

    extension: Text | None = None
    """Extension of the file, like `.csv`."""

    def run(self, ctx: RunContext) -> WriteOutput:
        """Write the file."""
        return WriteOutput(uri=ctx.put(f"content{dotted(self.extension)}", self.content.encode()))
