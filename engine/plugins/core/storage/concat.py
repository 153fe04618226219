"""Join files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.model.id import new_id
from engine.plugin import Example, Output, Task, Text
from engine.plugins.core.storage._name import dotted

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ConcatOutput(Output):
    """Outputs of `Concat`."""

    uri: str
    """Address of the joined file."""


class Concat(Task):
    """Join files into one, in the given order. Fails when one of them does not exist."""

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.storages.Concat",)
    gives: ClassVar[type[Output]] = ConcatOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Join two files",
            """\
id: join-files
namespace: company.team
tasks:
  - id: first
    type: io.kestra.plugin.core.storage.Write
    content: one
  - id: second
    type: io.kestra.plugin.core.storage.Write
    content: two
  - id: join
    type: io.kestra.plugin.core.storage.Concat
    files:
      - "{{ outputs.first.uri }}"
      - "{{ outputs.second.uri }}"
    separator: "\\n"
    extension: .txt
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.join.uri) }}"
""",
            runnable=True,
        ),
    )

    files: list[Text]
    """Addresses of the files; also as text that renders to a JSON list."""

    separator: Text | None = None
    """Text written after every file, the last one too."""

    extension: Text = ".tmp"
    """Extension of the joined file."""

    def run(self, ctx: RunContext) -> ConcatOutput:
        """Join the files."""
        path = ctx.work_dir / f"concat-{new_id()}"
        try:
            with path.open("wb") as target:
                for uri in self.files:
                    with ctx.open(uri) as source:
                        shutil.copyfileobj(source, target, 1 << 20)
                    target.write((self.separator or "").encode())
            return ConcatOutput(uri=ctx.put(f"concat{dotted(self.extension)}", path))
        finally:
            path.unlink(missing_ok=True)
