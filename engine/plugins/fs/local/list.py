"""List files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, Task, Text
from engine.plugins.fs.local._allowed import existing
from engine.plugins.fs.local._file import LocalFile, describe, walk

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ListOutput(Output):
    """Outputs of `List`."""

    files: list[LocalFile]
    """The files, by path."""

    count: int
    """How many files there are."""


class List(Task):
    """List the files of a folder of this machine. Links are left out.

    Fails when the folder does not exist, or is not one the operator allows.
    """

    gives: ClassVar[type[Output]] = ListOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "All CSV files of a folder",
            """\
id: list-local
namespace: company.team
tasks:
  - id: files
    type: io.kestra.plugin.fs.local.List
    from: /data/input
    regExp: .*\\.csv
    recursive: true
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.files.count }} files"
""",
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Absolute path of the folder."""

    reg_exp: Text | None = None
    """Regular expression that the whole name of a file must match."""

    recursive: bool = False
    """Whether the folders inside are listed too."""

    def run(self, ctx: RunContext) -> ListOutput:
        """List the files."""
        folder = existing(ctx, "from", self.from_)
        if not folder.is_dir():
            raise TaskFailure(f"from: '{self.from_}' is a file; write the path of a folder")
        try:
            pattern = re.compile(self.reg_exp or ".*", re.DOTALL)
        except re.error as error:
            raise TaskFailure(f"regExp: '{self.reg_exp}' is not a regular expression: {error}") from error
        paths = walk(folder, recursive=self.recursive)
        files = [describe(path) for path in paths if pattern.fullmatch(path.name)]
        return ListOutput(files=files, count=len(files))
