"""Unpack an archive."""

from __future__ import annotations

import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from engine.errors import ForbiddenPath, TaskFailure
from engine.model.id import new_id
from engine.model.uri import safe_path
from engine.plugin import Example, Output, Task, Text
from engine.plugins.compress._codec import Compression, damage, decompressed
from engine.plugins.compress._limit import Limit

if TYPE_CHECKING:
    from engine.plugin import RunContext


class ArchiveDecompressOutput(Output):
    """Outputs of `ArchiveDecompress`."""

    files: dict[str, str]
    """Path in the archive to the address of the file."""


class ArchiveDecompress(Task):
    """Unpack all files of an archive, piece by piece. A `.tar.gz` is TAR with the compression GZIP. Folders,
    links and devices are left out.

    Fails when the archive is damaged or has a password, when a path in it leaves the folder it is unpacked
    to, and when so much comes out of it that it can only be meant to fill the disk.
    """

    gives: ClassVar[type[Output]] = ArchiveDecompressOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Pack a file and unpack it",
            """\
id: archive-decompress
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    content: hello
  - id: pack
    type: io.kestra.plugin.compress.ArchiveCompress
    algorithm: TAR
    compression: GZIP
    from:
      data/hello.txt: "{{ outputs.file.uri }}"
  - id: unpack
    type: io.kestra.plugin.compress.ArchiveDecompress
    algorithm: TAR
    compression: GZIP
    from: "{{ outputs.pack.uri }}"
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.unpack.files['data/hello.txt']) }}"
""",
            runnable=True,
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Address of the archive."""

    algorithm: Literal["JAR", "TAR", "ZIP"]
    """Kind of the archive."""

    compression: Compression | None = None
    """How the archive as a whole is compressed."""

    def run(self, ctx: RunContext) -> ArchiveDecompressOutput:
        """Unpack the files."""
        limit = Limit(ctx, self.from_)
        entries = _tar if self.algorithm == "TAR" else _zip
        files: dict[str, str] = {}
        path = ctx.work_dir / f"unpacked-{new_id()}"
        try:
            with self._opened(ctx, limit) as archive, damage(self.from_):
                for name, content in entries(archive):
                    place = self._checked(name)
                    limit.entry()
                    if content is None:
                        ctx.warn(f"'{name}' is a link or a device and is left out")
                        continue
                    with path.open("wb") as target:
                        limit.copy(content, target)
                    files[place] = ctx.put(place.rpartition("/")[2], path)
        finally:
            path.unlink(missing_ok=True)
        ctx.metric("count", len(files))
        ctx.metric("size", limit.total)
        return ArchiveDecompressOutput(files=files)

    @contextmanager
    def _opened(self, ctx: RunContext, limit: Limit) -> Iterator[IO[bytes]]:
        """Open the archive; a ZIP is read from its end, so one that is compressed is unpacked first."""
        with ctx.open(self.from_) as file, decompressed(file, self.compression) as stream:
            if self.algorithm == "TAR" or self.compression is None:
                yield stream
                return
            with tempfile.TemporaryFile(dir=ctx.work_dir) as whole, damage(self.from_):
                limit.copy(stream, whole)
                whole.seek(0)
                yield whole

    def _checked(self, name: str) -> str:
        try:
            if name.startswith(("/", "\\")) or name[1:3] in (":/", ":\\"):
                raise ForbiddenPath(f"'{name}' is an absolute path")
            return safe_path(name.replace("\\", "/"))
        except ForbiddenPath as error:
            raise TaskFailure(
                f"{self.from_} is refused: '{name}' would be written outside of the folder it is unpacked to"
            ) from error


def _zip(file: IO[bytes]) -> Iterator[tuple[str, IO[bytes] | None]]:
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            # The upper half keeps the mode of Unix; this kind is a link.
            if (entry.external_attr >> 16) & 0o170000 == 0o120000:
                yield entry.filename, None
                continue
            with archive.open(entry) as content:
                yield entry.filename, content


def _tar(file: IO[bytes]) -> Iterator[tuple[str, IO[bytes] | None]]:
    with tarfile.open(fileobj=file, mode="r|") as archive:
        for entry in archive:
            if not entry.isdir():
                yield entry.name, archive.extractfile(entry) if entry.isreg() else None
