"""Get files of a namespace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from engine.model.uri import safe_path
from engine.plugin import Example, Output, Task, Text
from engine.plugins.core.namespace._files import matching

if TYPE_CHECKING:
    from engine.plugin import RunContext


class DownloadFilesOutput(Output):
    """Outputs of `DownloadFiles`."""

    files: dict[str, str]
    """Path with a slash in front to the address of a copy, for every file that matched."""


class DownloadFiles(Task):
    """Copy files of a namespace into the storage of this execution. No match gives an empty map.

    Fails only when the namespace or a pattern is none.
    """

    gives: ClassVar[type[Output]] = DownloadFilesOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "All SQL files of the namespace",
            """\
id: download-from-namespace
namespace: company.team
tasks:
  - id: queries
    type: io.kestra.plugin.core.namespace.DownloadFiles
    namespace: company.team
    files: ["**/*.sql"]
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.queries.files | length }} files"
""",
            runnable=True,
        ),
    )

    namespace: Text
    """The namespace."""

    files: list[str] | str
    """A path or glob pattern, or a list of them."""

    destination: Text = ""
    """Folder put in front of the paths."""

    def run(self, ctx: RunContext) -> DownloadFilesOutput:
        """Copy the files."""
        found: dict[str, str] = {}
        for path, info in matching(ctx, self.namespace, self.files):
            with ctx.world.files.open(info.path) as file:
                found[f"/{safe_path(f'{self.destination}/{path}')}"] = ctx.put(path.rpartition("/")[2], file)
        ctx.metric("downloaded", len(found))
        return DownloadFilesOutput(files=found)
