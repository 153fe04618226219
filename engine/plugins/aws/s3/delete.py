"""`io.kestra.plugin.aws.s3.Delete`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.aws.s3._object import BucketProperties


class DeleteOutput(Output):
    """What became of the object."""

    version_id: str | None = None
    """Version of the delete marker, in buckets that keep versions."""
    delete_marker: bool | None = None
    """Whether a delete marker was made or removed."""
    request_charged: str | None = None
    """Who pays for the request, where that is told."""


class Delete(BucketProperties, Task):
    """Deletes an object of S3. S3 does not tell whether there was one: deleting twice is fine."""

    gives: ClassVar[type[Output]] = DeleteOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete a file",
            """\
id: s3_delete
namespace: company.team

tasks:
  - id: delete
    type: io.kestra.plugin.aws.s3.Delete
    accessKeyId: "{{ secret('AWS_ACCESS_KEY_ID') }}"
    secretKeyId: "{{ secret('AWS_SECRET_KEY_ID') }}"
    region: eu-central-1
    bucket: my-bucket
    key: incoming/2021-01.csv
""",
        ),
    )

    key: Text
    """Name of the object."""
    bypass_governance_retention: bool | None = None
    """Whether a lock of kind GOVERNANCE is passed over; needs the permission for it."""
    mfa: Text | None = None
    """Serial number and code of the second factor, where the bucket asks for it."""

    def run(self, ctx: RunContext) -> DeleteOutput:
        """Delete the object."""
        more = {"BypassGovernanceRetention": self.bypass_governance_retention, "MFA": self.mfa}
        given = {name: value for name, value in more.items() if value is not None}
        with self.client(ctx, f"Deleting s3://{self.bucket}/{self.key}") as client:
            answer = client.delete_object(**self.common(), Key=self.key, **given)
        return DeleteOutput(
            version_id=answer.get("VersionId"),
            delete_marker=answer.get("DeleteMarker"),
            request_charged=answer.get("RequestCharged"),
        )
