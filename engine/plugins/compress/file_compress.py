"""Compress one file."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.model.id import new_id
from engine.plugin import Example, Output, Task, Text
from engine.plugins.compress._codec import SUFFIX, Compression, compressed

if TYPE_CHECKING:
    from engine.plugin import RunContext


class FileCompressOutput(Output):
    """Outputs of `FileCompress`."""

    uri: str
    """Address of the compressed file."""


class FileCompress(Task):
    """Compress one file, piece by piece. For several files in one use `ArchiveCompress`."""

    gives: ClassVar[type[Output]] = FileCompressOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Compress a file and get it back",
            """\
id: file-compress
namespace: company.team
tasks:
  - id: file
    type: io.kestra.plugin.core.storage.Write
    content: hello
    extension: .txt
  - id: pack
    type: io.kestra.plugin.compress.FileCompress
    from: "{{ outputs.file.uri }}"
    compression: GZIP
  - id: unpack
    type: io.kestra.plugin.compress.FileDecompress
    from: "{{ outputs.pack.uri }}"
    compression: GZIP
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ read(outputs.unpack.uri) }}"
""",
            runnable=True,
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Address of the file."""

    compression: Compression
    """How it is compressed."""

    def run(self, ctx: RunContext) -> FileCompressOutput:
        """Compress the file."""
        path = ctx.work_dir / f"packed-{new_id()}"
        try:
            with (
                ctx.open(self.from_) as source,
                path.open("wb") as file,
                compressed(file, self.compression) as target,
            ):
                shutil.copyfileobj(source, target, 1 << 20)
            ctx.metric("size", path.stat().st_size)
            name = self.from_.rpartition("/")[2] + SUFFIX[self.compression]
            return FileCompressOutput(uri=ctx.put(name, path))
        finally:
            path.unlink(missing_ok=True)
