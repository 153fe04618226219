"""`io.kestra.plugin.azure.storage.blob.Download`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.azure.storage.blob._blob import BlobOutput, BlobProperties, download


class Download(BlobProperties, Task):
    """Reads a blob of Azure Blob Storage into the storage of the execution. Fails when there is none."""

    gives: ClassVar[type[Output]] = BlobOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Download a file and see how large it is",
            """\
id: azure_download
namespace: company.team

tasks:
  - id: download
    type: io.kestra.plugin.azure.storage.blob.Download
    connectionString: "{{ secret('AZURE_CONNECTION_STRING') }}"
    container: data
    name: trips/2021-01.csv

  - id: size
    type: io.kestra.plugin.core.storage.Size
    uri: "{{ outputs.download.blob.uri }}"
""",
        ),
    )

    def run(self, ctx: RunContext) -> BlobOutput:
        """Read the blob."""
        with self.account(ctx, f"Download of {self.place}") as account:
            return BlobOutput(blob=download(ctx, account, self.container, self.name))
