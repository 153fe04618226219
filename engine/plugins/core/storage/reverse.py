"""Turn the order of lines round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.model.id import new_id
from engine.plugin import Example, Output, Task, Text
from engine.plugins.core.storage._name import extension_of
from engine.plugins.core.storage._split import backwards

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ReverseOutput(Output):
    """Outputs of `Reverse`."""

    uri: str
    """Address of the file with the last line first."""


class Reverse(Task):
    """Write the lines of a file in reverse order. Fails when the file does not exist."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.storages.Reverse",)
    gives: ClassVar[type[Output]] = ReverseOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Last line first",
            """\
id: last-line-first
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    content: |
      one
      two
    extension: .txt
  - id: reverse
    type: io.kestra.plugin.core.storage.Reverse
    from: "{{ outputs.file.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.reverse.uri) }}"
""",
            runnable=True,
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Address of the file."""

    separator: Text = "\n"
    """What ends a line."""

    charset: Text = "UTF-8"
    """Character set of the file."""

    def run(self, ctx: RunContext) -> ReverseOutput:
        """Write the lines, last first."""
        separator = self._separator()
        path = ctx.work_dir / f"reverse-{new_id()}"
        try:
            with ctx.open(self.from_) as source, path.open("wb") as target:
                for record in backwards(source, separator):
                    target.write(record + separator)
            return ReverseOutput(uri=ctx.put(f"reversed{extension_of(self.from_)}", path))
        finally:
            path.unlink(missing_ok=True)

    def _separator(self) -> bytes:
        try:
            separator = self.separator.encode(self.charset)
        except LookupError as error:
            raise TaskFailure(f"charset: '{self.charset}' is not a character set; write UTF-8") from error
        if not separator:
            raise TaskFailure('separator: it is empty; write what ends a line, like "\\n"')
        return separator
