"""`io.kestra.plugin.aws.s3.CreateBucket`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.aws.s3._object import S3Properties

_FIRST_REGION = "us-east-1"
"""The one region that must not be named when a bucket is made."""


class CreateBucketOutput(Output):
    """The new bucket."""

    bucket: str
    """Its name."""
    region: str | None = None
    """Its place, as S3 tells it: `/my-bucket`."""


class CreateBucket(S3Properties, Task):
    """Makes a bucket of S3 in the region of the task. Fails when there is one of that name already."""

    gives: ClassVar[type[Output]] = CreateBucketOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Make a bucket",
            """\
id: s3_create_bucket
namespace: company.team

tasks:
  - id: bucket
    type: io.kestra.plugin.aws.s3.CreateBucket
    accessKeyId: "{{ secret('AWS_ACCESS_KEY_ID') }}"
    secretKeyId: "{{ secret('AWS_SECRET_KEY_ID') }}"
    region: eu-central-1
    bucket: my-bucket
""",
        ),
    )

    bucket: Text
    """Name of the bucket; no two buckets in the world have the same."""
    acl: Text | None = None
    """A canned access list, like `private` or `public-read`."""
    grant_full_control: Text | None = None
    """Who may do everything."""
    grant_read: Text | None = None
    """Who may list the objects."""
    grant_read_acp: Annotated[Text | None, Field(alias="grantReadACP")] = None
    """Who may read the access list."""
    grant_write: Text | None = None
    """Who may write objects."""
    grant_write_acp: Annotated[Text | None, Field(alias="grantWriteACP")] = None
    """Who may change the access list."""
    object_lock_enabled_for_bucket: bool | None = None
    """Whether objects can be locked."""

    def run(self, ctx: RunContext) -> CreateBucketOutput:
        """Make the bucket."""
        wanted = {
            "ACL": self.acl,
            "GrantFullControl": self.grant_full_control,
            "GrantRead": self.grant_read,
            "GrantReadACP": self.grant_read_acp,
            "GrantWrite": self.grant_write,
            "GrantWriteACP": self.grant_write_acp,
            "ObjectLockEnabledForBucket": self.object_lock_enabled_for_bucket,
        }
        given: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
        with self.client(ctx, f"Creating the bucket {self.bucket}") as client:
            region = client.meta.region_name
            if region and region not in (_FIRST_REGION, "aws-global"):
                given["CreateBucketConfiguration"] = {"LocationConstraint": region}
            answer = client.create_bucket(Bucket=self.bucket, **given)
        return CreateBucketOutput(bucket=self.bucket, region=answer.get("Location"))
