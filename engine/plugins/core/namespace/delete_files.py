"""Delete files of a namespace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.plugin import Example, Output, Task, Text
from engine.plugins.core.namespace._files import folder_of, matching

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DeleteFilesOutput(Output):
    """Outputs of `DeleteFiles`."""

    files: dict[str, str] | None = None
    """Null: a deleted file has no address. How many there were is in the metric `deleted`."""


class DeleteFiles(Task):
    """Delete files of a namespace. No match is fine. Fails only when the namespace or a pattern is none."""

    gives: ClassVar[type[Output]] = DeleteFilesOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete old exports",
            """\
id: delete-in-namespace
namespace: company.team
tasks:
  - id: delete
    type: io.kestra.plugin.core.namespace.DeleteFiles
    namespace: company.team
    files: ["exports/**"]
""",
            runnable=True,
        ),
    )

    namespace: Text
    """The namespace."""

    files: list[str] | str
    """A path or glob pattern, or a list of them."""

    delete_parent_folder: bool = False
    """Whether folders that are empty afterwards are deleted too."""

    def run(self, ctx: RunContext) -> DeleteFilesOutput:
        """Delete the files."""
        count = 0
        for path, info in matching(ctx, self.namespace, self.files):
            count += ctx.world.files.delete(info.path)
            if self.delete_parent_folder:
                self._delete_empty(ctx, path)
        ctx.metric("deleted", count)
        return DeleteFilesOutput()

    def _delete_empty(self, ctx: RunContext, path: str) -> None:
        folder = folder_of(self.namespace)
        parent = path.rpartition("/")[0]
        while parent and not ctx.world.files.list(f"{folder}/{parent}"):
            ctx.world.files.delete(f"{folder}/{parent}")
            parent = parent.rpartition("/")[0]
