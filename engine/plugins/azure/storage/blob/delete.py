"""`io.kestra.plugin.azure.storage.blob.Delete`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.azure.storage.blob._blob import Blob, BlobOutput, BlobProperties


class Delete(BlobProperties, Task):
    """Deletes a blob of Azure Blob Storage. Fails when there is none."""

    gives: ClassVar[type[Output]] = BlobOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete a file",
            """\
id: azure_delete
namespace: company.team

tasks:
  - id: delete
    type: io.kestra.plugin.azure.storage.blob.Delete
    connectionString: "{{ secret('AZURE_CONNECTION_STRING') }}"
    container: data
    name: incoming/2021-01.csv
""",
        ),
    )

    def run(self, ctx: RunContext) -> BlobOutput:
        """Delete the blob."""
        with self.account(ctx, f"Deleting {self.place}") as account:
            client = account.get_blob_client(self.container, self.name)
            blob = Blob.of(client.get_blob_properties())
            client.delete_blob()
        return BlobOutput(blob=blob)
