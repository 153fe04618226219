"""Store many files of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from engine.plugin import Example, Output, Task, Text
from engine.plugins.fs.local._file import LocalFile, describe
from engine.plugins.fs.local._taking import check_action, matching, put_aside

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DownloadsOutput(Output):
    """Outputs of `Downloads`."""

    files: list[LocalFile]
    """The files, by path; `uri` is the address of the stored file."""

    output_files: dict[str, str]
    """Name of a file to the address of the stored one."""


class Downloads(Task):
    """Put the files of a folder of this machine into the internal storage, and delete or move them then if
    wanted. Links are left out.

    Fails when the folder does not exist, or is not one the operator allows.
    """

    gives: ClassVar[type[Output]] = DownloadsOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Take all CSV files of a folder",
            """\
id: downloads-local
namespace: company.team
tasks:
  - id: orders
    type: io.kestra.plugin.fs.local.Downloads
    from: /data/input
    regExp: .*\\.csv
    action: MOVE
    moveDirectory: /data/done
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ outputs.orders.files }}"
    tasks:
      - id: show
        type: io.kestra.plugin.core.log.Log
        message: "{{ taskrun.value }}"
""",
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Absolute path of the folder."""

    reg_exp: Text | None = None
    """Regular expression that the whole path of a file must match."""

    recursive: bool = False
    """Whether the files of the folders inside are taken too."""

    max_files: Annotated[int, Field(ge=1)] = 25
    """How many files are taken at most."""

    action: Literal["NONE", "DELETE", "MOVE"] = "NONE"
    """What is done with a file of the folder once it is stored."""

    move_directory: Text | None = None
    """Absolute path of the folder for files that are moved."""

    def run(self, ctx: RunContext) -> DownloadsOutput:
        """Store the files."""
        check_action(self.action, self.move_directory)
        folder, paths = matching(ctx, self.from_, self.reg_exp, recursive=self.recursive)
        if len(paths) > self.max_files:
            ctx.warn(f"{len(paths)} files match; only {self.max_files} are taken, as `maxFiles` says")
            paths = paths[: self.max_files]
        files = []
        for path in paths:
            found = describe(path)
            files.append(found.model_copy(update={"uri": ctx.put(path.name, path)}))
            put_aside(ctx, path, folder, self.action, self.move_directory)
        return DownloadsOutput(
            files=files,
            output_files={str(Path(file.local_path).relative_to(folder)): file.uri for file in files},
        )
