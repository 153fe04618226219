"""Cut a file into several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.plugin import Example, Output, Size, Task, Text
from engine.plugins.core.storage._split import Cut, split

if TYPE_CHECKING:
    from engine.plugin import RunContext


class SplitOutput(Output):
    """Outputs of `Split`."""

    uris: list[str]
    """Addresses of the parts."""


class Split(Task):
    """Cut a file into several along its lines. Of `regexPattern`, `bytes`, `partitions` and `rows` the first
    one given counts. The parts keep the extension of the file.

    Fails when none of them is given, when the file does not exist, and when the pattern is no regular
    expression with a group.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.storages.Split",)
    gives: ClassVar[type[Output]] = SplitOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Two lines a part",
            """\
id: split-a-file
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    content: |
      one
      two
      three
    extension: .txt
  - id: split
    type: io.kestra.plugin.core.storage.Split
    from: "{{ outputs.file.uri }}"
    rows: 2
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ outputs.split.uris }}"
    tasks:
      - id: show
        type: io.kestra.plugin.core.log.Log
        message: "{{ read(taskrun.value) }}"
""",
            runnable=True,
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Address of the file."""

    bytes: Size | None = None
    """Begin a new part once the present one has reached this size, like `10MB`; parts may be a line more."""

    partitions: Annotated[int, Field(ge=1)] | None = None
    """Number of parts, filled line by line in turn; empty ones are left out."""

    rows: Annotated[int, Field(ge=1)] | None = None
    """Number of lines of a part."""

    regex_pattern: Text | None = None
    """Lines whose first group of this regular expression is equal come into one part."""

    separator: Text = "\n"
    """What ends a line."""

    def run(self, ctx: RunContext) -> SplitOutput:
        """Cut the file."""
        cut = Cut(self.rows, self.bytes, self.partitions, self.regex_pattern, self.separator)
        return SplitOutput(uris=split(ctx, self.from_, cut))
