"""Delete the files of this execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.model import uri as uris
from engine.plugin import Example, Output, Task

if TYPE_CHECKING:
    from engine.plugin import RunContext


class PurgeCurrentExecutionFilesOutput(Output):
    """Outputs of `PurgeCurrentExecutionFiles`."""

    uris: list[str]
    """Addresses of the deleted files."""


class PurgeCurrentExecutionFiles(Task):
    """Delete all files of this execution: those of its inputs and those its tasks have stored.

    Nothing to delete is fine.
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "io.kestra.core.tasks.storages.PurgeExecution",
        "io.kestra.plugin.core.storage.PurgeExecution",
    )
    gives: ClassVar[type[Output]] = PurgeCurrentExecutionFilesOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Clean up at the end",
            """\
id: clean-up
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    content: hello
  - id: purge
    type: io.kestra.plugin.core.storage.PurgeCurrentExecutionFiles
""",
            runnable=True,
        ),
    )

    def run(self, ctx: RunContext) -> PurgeCurrentExecutionFilesOutput:
        """Delete the files."""
        at = ctx.where
        folder = uris.execution_prefix(at.namespace, at.flow_id, at.execution_id)
        found = [uris.to_uri(info.path) for info in ctx.world.files.walk(folder)]
        ctx.world.files.delete(folder)
        return PurgeCurrentExecutionFilesOutput(uris=found)
