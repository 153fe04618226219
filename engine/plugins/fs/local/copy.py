"""Copy a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Task, Text
from engine.plugins.fs.local._allowed import existing, target
from engine.plugins.fs.local._file import copy_file

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Copy(Task):
    """Copy a file of this machine to another place on it; folders on the way are made.

    Fails when it does not exist, when the target does and `overwrite` is false, and when one of the two is
    not in a folder the operator allows.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Keep a copy",
            """\
id: copy-local
namespace: company.team
tasks:
  - id: copy
    type: io.kestra.plugin.fs.local.Copy
    from: /data/input/orders.csv
    to: /data/backup/orders.csv
    overwrite: true
""",
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Absolute path of the file."""

    to: Text
    """Absolute path of the copy."""

    overwrite: bool = False
    """Whether a file that is there already is replaced."""

    def run(self, ctx: RunContext) -> None:
        """Copy the file."""
        source = existing(ctx, "from", self.from_)
        if source.is_dir():
            raise TaskFailure(f"from: '{self.from_}' is a folder; only files can be copied")
        copy_file(source, target(ctx, "to", self.to, overwrite=self.overwrite))
