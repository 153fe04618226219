"""`io.kestra.plugin.gcp.gcs.Copy`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.gcp.gcs._object import Address, GcsProperties, copy


class CopyOutput(Output):
    """What was written."""

    uri: str
    """Address of the new object."""


class Copy(GcsProperties, Task):
    """Copies an object inside Google Cloud Storage, or moves it. An object of that name is replaced."""

    gives: ClassVar[type[Output]] = CopyOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Move a file into an archive",
            """\
id: gcs_copy
namespace: company.team

tasks:
  - id: archive
    type: io.kestra.plugin.gcp.gcs.Copy
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    from: gs://my-bucket/incoming/trips.csv
    to: gs://my-archive/{{ execution.startDate | date('yyyy/MM/dd') }}/trips.csv
    delete: true
""",
        ),
    )

    source: Annotated[Text, Field(alias="from")]
    """Address of the object: `gs://bucket/path`."""
    to: Text
    """Address of the new object: `gs://bucket/path`."""
    delete: bool = False
    """Whether the first object is deleted afterwards."""

    def run(self, ctx: RunContext) -> CopyOutput:
        """Copy the object."""
        source, target = Address.read(self.source, "from"), Address.read(self.to, "to")
        if source == target and self.delete:
            raise TaskFailure(
                f"to: {target} is the object that is copied; with `delete: true` it would be lost"
            )
        with self.opened(ctx, f"Copying {source} to {target}") as client:
            copy(client, source, target)
            if self.delete:
                client.bucket(source.bucket).blob(source.path).delete()
        return CopyOutput(uri=str(target))
