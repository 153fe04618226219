"""Move a file or folder."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Task, Text
from engine.plugins.fs.local._allowed import allowed, target

if TYPE_CHECKING:
    from engine.plugin import RunContext


class Move(Task):
    """Move a file or folder of this machine to another place on it; folders on the way are made. A target
    that ends with `/` is a folder the name is kept in.

    Fails when it does not exist, when the target does and `overwrite` is false, and when one of the two is
    not in a folder the operator allows.
    """

    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Put a file that is done aside",
            """\
id: move-local
namespace: company.team
tasks:
  - id: move
    type: io.kestra.plugin.fs.local.Move
    from: /data/input/orders.csv
    to: /data/done/
""",
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Absolute path of the file or folder."""

    to: Text
    """Absolute path it gets; with `/` at its end the folder it comes into."""

    overwrite: bool = False
    """Whether a file that is there already is replaced."""

    def run(self, ctx: RunContext) -> None:
        """Move it."""
        source = allowed(ctx, "from", self.from_, itself=False)
        if not source.exists():
            raise TaskFailure(f"from: '{self.from_}' does not exist")
        to = f"{self.to}{source.name}" if self.to.endswith("/") else self.to
        place = target(ctx, "to", to, overwrite=self.overwrite)
        if place.is_relative_to(source):
            raise TaskFailure(
                f"to: '{to}' is inside of '{self.from_}' or the same; nothing can be moved there"
            )
        shutil.move(source, place)
