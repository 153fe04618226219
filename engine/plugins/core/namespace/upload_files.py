"""Put files into a namespace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import model_validator

from engine.errors import NotFound, TaskFailure
from engine.model import uri as uris
from engine.plugin import STATIC, Example, Output, StringMap, Task, Text
from engine.plugins.core.namespace._files import as_list, folder_of
from engine.plugins.scripts._glob import path_pattern

if TYPE_CHECKING:
    from engine.plugin import RunContext


class UploadFilesOutput(Output):
    """Outputs of `UploadFiles`."""

    files: dict[str, str]
    """Path in the namespace to address, for every file that was put there."""


class UploadFiles(Task):
    """Put files of the working directory, or stored files, into a namespace.

    A stored file that does not exist is left out. Fails when neither `files` nor `filesMap` is given, and
    when a file exists already while `conflict` is ERROR.
    """

    gives: ClassVar[type[Output]] = UploadFilesOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Keep a stored file in the namespace",
            """\
id: upload-to-namespace
namespace: company.team
tasks:
  - id: zones
    type: io.kestra.plugin.core.storage.Write
    content: "id,zone"
    extension: .csv
  - id: upload
    type: io.kestra.plugin.core.namespace.UploadFiles
    filesMap:
      data/zones.csv: "{{ outputs.zones.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read('data/zones.csv') }}"
""",
            runnable=True,
        ),
    )

    namespace: Text | None = None
    """The namespace; by default the flow's own."""

    files: list[str] | str | None = None
    """Glob patterns of files in the working directory; they keep their relative path."""

    files_map: StringMap | None = None
    """Path in the namespace to address of a stored file; also as text that renders to a JSON map."""

    destination: Text = "/"
    """Folder in the namespace."""

    conflict: Annotated[Literal["OVERWRITE", "ERROR", "SKIP"], STATIC] = "OVERWRITE"
    """What is done when a file exists already: replace it, fail, or leave it."""

    @model_validator(mode="after")
    def _something(self) -> UploadFiles:
        if self.files is None and self.files_map is None:
            raise ValueError("give `files` or `filesMap`, to say what is uploaded")
        return self

    def run(self, ctx: RunContext) -> UploadFilesOutput:
        """Put the files there."""
        folder = folder_of(self.namespace or ctx.where.namespace)
        done: dict[str, str] = {}
        sources: list[tuple[str, Path | str]] = [*self._local(ctx), *(self.files_map or {}).items()]
        for name, source in sources:
            path = uris.safe_path(f"{self.destination}/{name}")
            if self._upload(ctx, source, f"{folder}/{path}"):
                done[path] = uris.to_uri(f"{folder}/{path}")
        ctx.metric("uploaded", len(done))
        return UploadFilesOutput(files=done)

    def _local(self, ctx: RunContext) -> Iterator[tuple[str, Path]]:
        patterns = [path_pattern(pattern) for pattern in as_list(self.files or [])]
        root = ctx.work_dir.resolve()
        for path in sorted(root.rglob("*")) if patterns else ():
            name = path.relative_to(root).as_posix()
            inside = path.is_file() and path.resolve().is_relative_to(root)
            if inside and any(pattern.fullmatch(name) for pattern in patterns):
                yield name, path

    def _upload(self, ctx: RunContext, source: Path | str, target: str) -> bool:
        if ctx.world.files.exists(target):
            if self.conflict == "ERROR":
                raise TaskFailure(
                    f"The file '{uris.to_uri(target)}' exists already; use another `destination`, or "
                    f"`conflict: OVERWRITE`"
                )
            if self.conflict == "SKIP":
                return False
        if isinstance(source, Path):
            ctx.world.files.put(target, source)
            return True
        try:
            with ctx.open(source) as file:
                ctx.world.files.put(target, file)
        except NotFound:
            return False
        return True
