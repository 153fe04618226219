"""`io.kestra.plugin.gcp.gcs.CreateBucketIamPolicy`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.gcp.gcs._object import GcsProperties


class CreateBucketIamPolicyOutput(Output):
    """What was granted."""

    bucket: str
    """Name of the bucket."""
    member: str
    """Who got the role."""
    role: str
    """The role."""
    created: bool
    """Whether the member did not have the role before."""


class CreateBucketIamPolicy(GcsProperties, Task):
    """Gives somebody a role on a bucket of Google Cloud Storage."""

    gives: ClassVar[type[Output]] = CreateBucketIamPolicyOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Let a service account read the objects",
            """\
id: gcs_grant
namespace: company.team

tasks:
  - id: grant
    type: io.kestra.plugin.gcp.gcs.CreateBucketIamPolicy
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    name: my-bucket
    member: serviceAccount:reader@my-project.iam.gserviceaccount.com
    role: roles/storage.objectViewer
""",
        ),
    )

    name: Text
    """Name of the bucket."""
    member: Text
    """Who gets the role: `user:…`, `group:…`, `serviceAccount:…`, or `allUsers`."""
    role: Text
    """The role, like `roles/storage.objectViewer`."""
    if_exists: Literal["ERROR", "SKIP"] = "SKIP"
    """What to do when the member has the role already: fail, or leave it."""

    def run(self, ctx: RunContext) -> CreateBucketIamPolicyOutput:
        """Grant the role."""
        with self.opened(ctx, f"Granting {self.role} on the bucket {self.name}") as client:
            bucket = client.bucket(self.name)
            policy = bucket.get_iam_policy(requested_policy_version=3)
            same = [b for b in policy.bindings if b["role"] == self.role and not b.get("condition")]
            exists = any(self.member in binding["members"] for binding in same)
            if exists and self.if_exists == "ERROR":
                raise TaskFailure(f"{self.member} has {self.role} on the bucket {self.name} already")
            if not exists:
                policy.bindings.append({"role": self.role, "members": {self.member}})
                bucket.set_iam_policy(policy)
        return CreateBucketIamPolicyOutput(
            bucket=self.name, member=self.member, role=self.role, created=not exists
        )
