"""Delete a file or folder."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Output, Task, Text
from engine.plugins.fs.local._allowed import allowed

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DeleteOutput(Output):
    """Outputs of `Delete`."""

    deleted: bool
    """Whether there was something to delete."""


class Delete(Task):
    """Delete a file or a folder of this machine.

    Fails when it does not exist and `errorOnMissing` is true, when it is a folder with content and
    `recursive` is false, and when it is not in a folder the operator allows. Such a folder itself stays.
    """

    gives: ClassVar[type[Output]] = DeleteOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete a file if it is there",
            """\
id: delete-local
namespace: company.team
tasks:
  - id: delete
    type: io.kestra.plugin.fs.local.Delete
    path: /data/input/orders.csv
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.delete.deleted }}"
""",
        ),
    )

    path: Text
    """Absolute path of the file or folder."""

    error_on_missing: bool = False
    """Whether it is a failure when it does not exist."""

    recursive: bool = False
    """Whether a folder is deleted with everything in it."""

    def run(self, ctx: RunContext) -> DeleteOutput:
        """Delete it."""
        place = allowed(ctx, "path", self.path, itself=False)
        if not place.exists():
            if self.error_on_missing:
                raise TaskFailure(
                    f"path: '{self.path}' does not exist; to accept that set `errorOnMissing: false`"
                )
            return DeleteOutput(deleted=False)
        if not place.is_dir():
            place.unlink()
        elif self.recursive:
            shutil.rmtree(place)
        elif any(place.iterdir()):
            raise TaskFailure(f"path: '{self.path}' is a folder with content; set `recursive: true`")
        else:
            place.rmdir()
        return DeleteOutput(deleted=True)
