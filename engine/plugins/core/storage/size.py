"""Tell the size of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Output, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class SizeOutput(Output):
    """Outputs of `Size`."""

    size: int
    """Size of the file in bytes."""


class Size(Task):
    """Tell the size of a file in bytes. Fails when the file does not exist."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.storages.Size",)
    gives: ClassVar[type[Output]] = SizeOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Size of a file",
            """\
id: size-of-a-file
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    content: hello
  - id: size
    type: io.kestra.plugin.core.storage.Size
    uri: "{{ outputs.file.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.size.size }} bytes"
""",
            runnable=True,
        ),
    )

    uri: Text
    """Address of the file."""

    def run(self, ctx: RunContext) -> SizeOutput:
        """Return the size."""
        return SizeOutput(size=ctx.size(self.uri))
