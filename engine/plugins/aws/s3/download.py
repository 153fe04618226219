"""`io.kestra.plugin.aws.s3.Download`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.aws.s3._listing import ListingProperties, cut
from engine.plugins.aws.s3._object import FileInfo, download


class DownloadOutput(FileInfo):
    """What was read."""

    files: dict[str, FileInfo] | None = None
    """What was read by name in the bucket, when `key` was left out."""


class Download(ListingProperties, Task):
    """Reads an object of S3 into the storage of the execution; without `key` all objects that match.

    Fails when there is no such object.
    """

    gives: ClassVar[type[Output]] = DownloadOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Download a file and see how large it is",
            """\
id: s3_download
namespace: company.team

tasks:
  - id: download
    type: io.kestra.plugin.aws.s3.Download
    accessKeyId: "{{ secret('AWS_ACCESS_KEY_ID') }}"
    secretKeyId: "{{ secret('AWS_SECRET_KEY_ID') }}"
    region: eu-central-1
    bucket: my-bucket
    key: trips/2021-01.csv

  - id: size
    type: io.kestra.plugin.core.storage.Size
    uri: "{{ outputs.download.uri }}"
""",
        ),
    )

    key: Text | None = None
    """Name of the object. Without it `prefix`, `delimiter`, `regexp` and the rest say which ones are read."""
    version_id: Text | None = None
    """The version of the object to read."""
    max_files: Annotated[int, Field(ge=1)] = 25
    """How many objects are taken at most, without `key`."""
    validate_checksum: bool = False
    """Whether the content must have the checksum that the bucket has stored for it."""

    def run(self, ctx: RunContext) -> DownloadOutput:
        """Read the object, or the objects."""
        if self.key is None and not (self.prefix or self.regexp or self.delimiter or self.marker):
            raise TaskFailure("key: missing; give it, or a `prefix` or `regexp` to read several objects")
        if self.key is not None and (self.prefix or self.regexp):
            raise TaskFailure("key: goes not with `prefix` and `regexp`; leave one of them out")
        if self.key is not None:
            with self.client(ctx, f"Download of s3://{self.bucket}/{self.key}") as client:
                request = {**self.common(), "Key": self.key}
                info = download(
                    ctx, client, request, validate=self.validate_checksum, version=self.version_id
                )
            return DownloadOutput(**info.model_dump())
        with self.client(ctx, f"Download from {self.place}") as client:
            files = {}
            for item in cut(ctx, self.find(ctx, client), self.max_files):
                request = {**self.common(), "Key": item.key}
                files[item.key] = download(ctx, client, request, validate=self.validate_checksum)
        return DownloadOutput(files=files)
