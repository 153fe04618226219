"""`io.kestra.plugin.aws.s3.Copy`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, Part, RunContext, Task, Text
from engine.plugins.aws.s3._listing import Target
from engine.plugins.aws.s3._object import S3Properties, copy


class Source(Part):
    """The object to copy."""

    bucket: Text
    """Name of the bucket."""
    key: Text
    """Name of the object."""
    version_id: Text | None = None
    """The version to copy."""


class CopyOutput(Output):
    """The new object."""

    bucket: str
    """Name of the bucket."""
    key: str
    """Name in the bucket."""
    e_tag: str | None = None
    """Entity tag."""
    version_id: str | None = None
    """Version, in buckets that keep versions."""


class Copy(S3Properties, Task):
    """Copies an object inside S3, or moves it; its content does not pass through this machine.

    Fails when there is no such object, and when an object would be moved onto itself.
    """

    gives: ClassVar[type[Output]] = CopyOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Move a file into another bucket",
            """\
id: s3_copy
namespace: company.team

tasks:
  - id: copy
    type: io.kestra.plugin.aws.s3.Copy
    accessKeyId: "{{ secret('AWS_ACCESS_KEY_ID') }}"
    secretKeyId: "{{ secret('AWS_SECRET_KEY_ID') }}"
    region: eu-central-1
    from:
      bucket: my-bucket
      key: incoming/2021-01.csv
    to:
      bucket: my-archive
      key: 2021/01.csv
    delete: true
""",
        ),
    )

    source: Annotated[Source, Field(alias="from")]
    """The object to copy."""
    to: Target | None = None
    """Where to; what is left out is as in `from`."""
    delete: bool = False
    """Whether the old object is deleted afterwards."""

    def run(self, ctx: RunContext) -> CopyOutput:
        """Copy the object."""
        old, to = self.source, self.to or Target()
        bucket, key = to.bucket or old.bucket, to.key or old.key
        if self.delete and (bucket, key) == (old.bucket, old.key):
            raise TaskFailure(f"to: s3://{bucket}/{key} is also `from`; with `delete: true` it would be lost")
        source = {"Bucket": old.bucket, "Key": old.key}
        if old.version_id:
            source["VersionId"] = old.version_id
        with self.client(ctx, f"Copying s3://{old.bucket}/{old.key} to s3://{bucket}/{key}") as client:
            made = copy(client, source, bucket, key, to.encryption())
            if self.delete:
                client.delete_object(Bucket=old.bucket, Key=old.key)
        return CopyOutput(bucket=bucket, key=key, e_tag=made.get("ETag"), version_id=made.get("VersionId"))
