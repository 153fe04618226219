"""Pack files into an archive."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from engine.errors import TaskFailure
from engine.model.id import new_id
from engine.model.uri import safe_path
from engine.plugin import Example, Output, StringMap, Task
from engine.plugins.compress._codec import SUFFIX, Compression, compressed

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ArchiveCompressOutput(Output):
    """Outputs of `ArchiveCompress`."""

    uri: str
    """Address of the archive."""


class ArchiveCompress(Task):
    """Pack files into one archive, piece by piece. A `.tar.gz` is TAR with the compression GZIP.

    Fails when there is no file, and when a name in the archive would leave the folder it is unpacked to.
    """

    gives: ClassVar[type[Output]] = ArchiveCompressOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Two files in one archive",
            """\
id: archive-compress
namespace: company.team
tasks:
  - id: first
    type: io.kestra.plugin.core.storage.Write
    content: one
  - id: second
    type: io.kestra.plugin.core.storage.Write
    content: two
  - id: pack
    type: io.kestra.plugin.compress.ArchiveCompress
    algorithm: ZIP
    from:
      first.txt: "{{ outputs.first.uri }}"
      more/second.txt: "{{ outputs.second.uri }}"
  - id: show
    type: io.kestra.plugin.core.storage.Size
    uri: "{{ outputs.pack.uri }}"
""",
            runnable=True,
        ),
    )

    from_: Annotated[StringMap, Field(alias="from")]
    """Name in the archive to the address of a file; also as text that renders to a JSON map."""

    algorithm: Literal["JAR", "TAR", "ZIP"]
    """Kind of the archive."""

    compression: Compression | None = None
    """How the archive as a whole is compressed. Files in a ZIP or JAR are compressed anyway."""

    def run(self, ctx: RunContext) -> ArchiveCompressOutput:
        """Pack the files."""
        names = {safe_path(name): uri for name, uri in self.from_.items()}
        if not names or not all(names):
            raise TaskFailure("from: give at least one file, each with a name in the archive")
        path = ctx.work_dir / f"packed-{new_id()}"
        try:
            with path.open("wb") as file, compressed(file, self.compression) as target:
                (_tar if self.algorithm == "TAR" else _zip)(ctx, names, target)
            ctx.metric("count", len(names))
            ctx.metric("size", path.stat().st_size)
            suffix = SUFFIX[self.compression] if self.compression else ""
            return ArchiveCompressOutput(uri=ctx.put(f"archive.{self.algorithm.lower()}{suffix}", path))
        finally:
            path.unlink(missing_ok=True)


def _zip(ctx: RunContext, names: Mapping[str, str], target: IO[bytes]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, uri in names.items():
            entry = zipfile.ZipInfo(name, ctx.clock().timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with ctx.open(uri) as source, archive.open(entry, "w", force_zip64=True) as file:
                shutil.copyfileobj(source, file, 1 << 20)


def _tar(ctx: RunContext, names: Mapping[str, str], target: IO[bytes]) -> None:
    with tarfile.open(fileobj=target, mode="w|") as archive:
        for name, uri in names.items():
            entry = tarfile.TarInfo(name)
            entry.size = ctx.size(uri)
            entry.mtime = ctx.clock().timestamp()
            with ctx.open(uri) as source:
                archive.addfile(entry, source)
