"""Write files into the working directory, and store files from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Output, Task
from engine.plugins.scripts._files import InputFiles, Patterns, collect, write_inputs

if TYPE_CHECKING:
    from engine.plugin import RunContext


class LocalFilesOutput(Output):
    """Outputs of `LocalFiles`."""

    uris: dict[str, str]
    """Path in the working directory to stored file, for everything `outputs` matched."""


class LocalFiles(Task):
    """Write files into the working directory and store files from it; of use inside a WorkingDirectory.

    Fails when a file to copy does not exist, or a name leaves the working directory.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.storages.LocalFiles",)
    deprecated: ClassVar[str | None] = "`inputFiles` and `outputFiles`"
    gives: ClassVar[type[Output]] = LocalFilesOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Write a file and store it",
            """\
id: local-files
namespace: company.team
tasks:
  - id: folder
    type: io.kestra.plugin.core.flow.WorkingDirectory
    tasks:
      - id: write
        type: io.kestra.plugin.core.storage.LocalFiles
        inputs:
          hello.txt: hello
      - id: store
        type: io.kestra.plugin.core.storage.LocalFiles
        outputs: ["*.txt"]
""",
            runnable=True,
        ),
    )

    inputs: InputFiles | None = None
    """Path in the working directory to content, or to the address of a file to copy."""

    outputs: Patterns | None = None
    """Glob patterns of the files to store."""

    def run(self, ctx: RunContext) -> LocalFilesOutput:
        """Write, then store."""
        write_inputs(ctx, self.inputs, ctx.work_dir)
        return LocalFilesOutput(uris=collect(ctx, self.outputs or [], ctx.work_dir, frozenset()))
