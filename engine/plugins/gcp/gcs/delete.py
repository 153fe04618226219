"""`io.kestra.plugin.gcp.gcs.Delete`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.gcp._google import google
from engine.plugins.gcp.gcs._object import Address, GcsProperties


class DeleteOutput(Output):
    """What was deleted."""

    uri: str
    """Address of the object."""
    deleted: bool
    """Whether there was such an object."""


class Delete(GcsProperties, Task):
    """Deletes an object of Google Cloud Storage."""

    gives: ClassVar[type[Output]] = DeleteOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete a file",
            """\
id: gcs_delete
namespace: company.team

tasks:
  - id: delete
    type: io.kestra.plugin.gcp.gcs.Delete
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    uri: gs://my-bucket/trips/2021-01.csv
""",
        ),
    )

    uri: Text
    """Address of the object: `gs://bucket/path`."""
    error_on_missing: bool = False
    """Fail when there is no such object."""

    def run(self, ctx: RunContext) -> DeleteOutput:
        """Delete the object."""
        at = Address.read(self.uri, "uri")
        missing = google("google.api_core.exceptions").NotFound
        with self.opened(ctx, f"Deleting {at}") as client:
            try:
                client.bucket(at.bucket).blob(at.path).delete()
            except missing as error:
                if self.error_on_missing:
                    raise TaskFailure(f"{at} does not exist and `errorOnMissing` is true") from error
                return DeleteOutput(uri=str(at), deleted=False)
        return DeleteOutput(uri=str(at), deleted=True)
