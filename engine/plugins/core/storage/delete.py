"""Delete a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.errors import NotFound
from engine.model import uri as uris
from engine.plugin import Example, Output, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DeleteOutput(Output):
    """Outputs of `Delete`."""

    uri: str
    """Address of the file."""

    deleted: bool
    """Whether there was such a file."""


class Delete(Task):
    """Delete a file of this execution or of its namespace.

    A missing file is fine, unless `errorOnMissing` is true. Fails for files that belong to other flows.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.storages.Delete",)
    gives: ClassVar[type[Output]] = DeleteOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete a file",
            """\
id: delete-a-file
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    content: hello
  - id: delete
    type: io.kestra.plugin.core.storage.Delete
    uri: "{{ outputs.file.uri }}"
""",
            runnable=True,
        ),
    )

    uri: Text
    """Address of the file."""

    error_on_missing: bool = False
    """Fail when there is no such file."""

    def run(self, ctx: RunContext) -> DeleteOutput:
        """Delete the file."""
        try:
            ctx.open(self.uri).close()  # only what may be read may be deleted
        except NotFound:
            if self.error_on_missing:
                raise
            return DeleteOutput(uri=self.uri, deleted=False)
        return DeleteOutput(uri=self.uri, deleted=ctx.world.files.delete(uris.to_path(self.uri)))
