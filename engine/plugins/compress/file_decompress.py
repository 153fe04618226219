"""Decompress one file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.model.id import new_id
from engine.plugin import Example, Output, Task, Text
from engine.plugins.compress._codec import SUFFIX, Compression, damage, decompressed
from engine.plugins.compress._limit import Limit

if TYPE_CHECKING:
    from engine.plugin import RunContext


class FileDecompressOutput(Output):
    """Outputs of `FileDecompress`."""

    uri: str
    """Address of the file."""


class FileDecompress(Task):
    """Decompress one file, piece by piece: a `.gz` for example. For a `.zip` or `.tar.gz` use
    `ArchiveDecompress`.

    Fails when the file is damaged or compressed in another way, and when so much comes out of it that it can
    only be meant to fill the disk.
    """

    gives: ClassVar[type[Output]] = FileDecompressOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Download a compressed CSV file",
            """\
id: file-decompress
namespace: company.team
tasks:
  - id: download
    type: io.kestra.plugin.core.http.Download
    uri: https://github.com/DataTalksClub/nyc-tlc-data/releases/download/green/green_tripdata_2019-01.csv.gz
  - id: csv
    type: io.kestra.plugin.compress.FileDecompress
    from: "{{ outputs.download.uri }}"
    compression: GZIP
""",
        ),
    )

    from_: Annotated[Text, Field(alias="from")]
    """Address of the compressed file."""

    compression: Compression
    """How it is compressed."""

    def run(self, ctx: RunContext) -> FileDecompressOutput:
        """Decompress the file."""
        path = ctx.work_dir / f"unpacked-{new_id()}"
        limit = Limit(ctx, self.from_)
        try:
            with (
                ctx.open(self.from_) as file,
                path.open("wb") as target,
                damage(self.from_),
                decompressed(file, self.compression) as source,
            ):
                limit.copy(source, target)
            ctx.metric("size", limit.total)
            name = self.from_.rpartition("/")[2].removesuffix(SUFFIX[self.compression])
            return FileDecompressOutput(uri=ctx.put(name, path))
        finally:
            path.unlink(missing_ok=True)
