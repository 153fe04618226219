"""`io.kestra.plugin.gcp.gcs.UpdateBucket`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.gcp.gcs._bucket import BucketInfo, BucketOutput, BucketProperties


class UpdateBucket(BucketProperties, Task):
    """Changes settings of a bucket of Google Cloud Storage; those left out stay as they are."""

    gives: ClassVar[type[Output]] = BucketOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Keep older versions from now on",
            """\
id: gcs_update_bucket
namespace: company.team

tasks:
  - id: bucket
    type: io.kestra.plugin.gcp.gcs.UpdateBucket
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    name: my-bucket
    versioningEnabled: true
    labels:
      team: data
""",
        ),
    )

    def run(self, ctx: RunContext) -> BucketOutput:
        """Change the bucket."""
        with self.opened(ctx, f"Changing the bucket {self.name}") as client:
            bucket = client.get_bucket(self.name)
            self.apply(bucket)
            bucket.patch()
            return BucketOutput(bucket=BucketInfo.of(bucket), updated=True)
