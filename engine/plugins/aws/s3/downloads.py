"""`io.kestra.plugin.aws.s3.Downloads`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.aws.s3._listing import CollectProperties, cut
from engine.plugins.aws.s3._object import S3Object, download


class DownloadsOutput(Output):
    """What was read."""

    objects: list[S3Object] = []
    """The objects; their `uri` is the address of the stored file."""
    output_files: dict[str, str] = {}
    """Addresses of the stored files by the name of the object."""


class Downloads(CollectProperties, Task):
    """Reads several objects of S3, and moves or deletes them in the bucket if wished.

    Nothing is moved or deleted before everything has been read.
    """

    gives: ClassVar[type[Output]] = DownloadsOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read all CSV files of a folder and put them into another one",
            """\
id: s3_downloads
namespace: company.team

tasks:
  - id: incoming
    type: io.kestra.plugin.aws.s3.Downloads
    accessKeyId: "{{ secret('AWS_ACCESS_KEY_ID') }}"
    secretKeyId: "{{ secret('AWS_SECRET_KEY_ID') }}"
    region: eu-central-1
    bucket: my-bucket
    prefix: incoming/
    regexp: .*\\.csv
    action: MOVE
    moveTo:
      key: done

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.incoming.objects | length }} files"
""",
        ),
    )

    validate_checksum: bool = False
    """Whether the content must have the checksum that the bucket has stored for it."""

    def run(self, ctx: RunContext) -> DownloadsOutput:
        """Read the objects, then do `action`."""
        settle, objects = self.settled(), []
        with self.client(ctx, f"Download from {self.place}") as client:
            for item in cut(ctx, self.find(ctx, client), self.max_files):
                objects.append(fetched(self, ctx, client, item, validate=self.validate_checksum))
            for item in objects:
                settle(client, item.key)
        ctx.metric("files.count", len(objects))
        ctx.metric("files.size.total", sum(item.size for item in objects))
        return DownloadsOutput(objects=objects, output_files={item.key: item.uri for item in objects})


def fetched(
    task: CollectProperties, ctx: RunContext, client: object, item: S3Object, *, validate: bool = False
) -> S3Object:
    """Download an object and return what is told of it, with the address of the stored file."""
    info = download(ctx, client, {**task.common(), "Key": item.key}, validate=validate)
    return item.model_copy(
        update={
            "uri": info.uri,
            "checksum_algorithm": info.checksum_algorithm,
            "checksum_value": info.checksum_value,
        }
    )
