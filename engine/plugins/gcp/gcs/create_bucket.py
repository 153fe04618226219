"""`io.kestra.plugin.gcp.gcs.CreateBucket`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.gcp._google import google
from engine.plugins.gcp.gcs._bucket import BucketInfo, BucketOutput, BucketProperties


class CreateBucket(BucketProperties, Task):
    """Makes a bucket in Google Cloud Storage."""

    gives: ClassVar[type[Output]] = BucketOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Make a bucket, unless it exists",
            """\
id: gcs_create_bucket
namespace: company.team

tasks:
  - id: bucket
    type: io.kestra.plugin.gcp.gcs.CreateBucket
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    name: my-bucket
    ifExists: SKIP
    location: EU
    storageClass: STANDARD
    lifecycleRules:
      - condition:
          age: 90
        action:
          type: DELETE
""",
        ),
    )

    if_exists: Literal["ERROR", "UPDATE", "SKIP"] = "ERROR"
    """What to do with a bucket that exists: fail, give it these settings, or leave it."""

    def run(self, ctx: RunContext) -> BucketOutput:
        """Make the bucket."""
        conflict = google("google.api_core.exceptions").Conflict
        with self.opened(ctx, f"Making the bucket {self.name}") as client:
            bucket = client.bucket(self.name)
            self.apply(bucket)
            try:
                bucket.create(location=self.location)
            except conflict as error:
                if self.if_exists == "ERROR":
                    raise TaskFailure(
                        f"The bucket {self.name} exists already; set `ifExists` to SKIP to use it as it is, "
                        "or to UPDATE to change it"
                    ) from error
                existing = client.get_bucket(self.name)
                if self.if_exists == "UPDATE":
                    self.apply(existing)
                    existing.patch()
                return BucketOutput(bucket=BucketInfo.of(existing), updated=self.if_exists == "UPDATE")
            return BucketOutput(bucket=BucketInfo.of(bucket), created=True)
