"""`io.kestra.plugin.gcp.gcs.DeleteBucket`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.gcp._google import google
from engine.plugins.gcp.gcs._object import GcsProperties


class DeleteBucketOutput(Output):
    """What was deleted."""

    bucket: str
    """Name of the bucket."""
    bucket_uri: str
    """Address of the bucket."""


class DeleteBucket(GcsProperties, Task):
    """Deletes a bucket of Google Cloud Storage. Fails when it does not exist, and when it is not empty."""

    gives: ClassVar[type[Output]] = DeleteBucketOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete a bucket and all that is in it",
            """\
id: gcs_delete_bucket
namespace: company.team

tasks:
  - id: bucket
    type: io.kestra.plugin.gcp.gcs.DeleteBucket
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    name: my-bucket
    force: true
""",
        ),
    )

    name: Text
    """Name of the bucket."""
    force: bool = False
    """Whether the objects in it are deleted as well; otherwise a bucket that is not empty stays."""

    def run(self, ctx: RunContext) -> DeleteBucketOutput:
        """Delete the bucket."""
        conflict = google("google.api_core.exceptions").Conflict
        with self.opened(ctx, f"Deleting the bucket {self.name}") as client:
            bucket = client.bucket(self.name)
            if self.force:
                for blob in client.list_blobs(self.name):
                    if ctx.cancelled.is_set():
                        raise TaskFailure("Stopped; the bucket and the objects left are not deleted")
                    blob.delete()
            try:
                bucket.delete()
            except conflict as error:
                raise TaskFailure(
                    f"The bucket {self.name} is not empty; to delete its objects as well set `force: true`"
                ) from error
        return DeleteBucketOutput(bucket=self.name, bucket_uri=f"gs://{self.name}")
