"""`io.kestra.plugin.azure.storage.blob.Downloads`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.azure.storage.blob._blob import Blob, download
from engine.plugins.azure.storage.blob._listing import CollectProperties


class DownloadsOutput(Output):
    """What was read."""

    blobs: list[Blob] = []
    """The blobs; their `uri` is the address of the stored file."""
    output_files: dict[str, str] = {}
    """Addresses of the stored files by the name of the blob."""


class Downloads(CollectProperties, Task):
    """Reads several blobs of Azure Blob Storage, and moves or deletes them in the container if wished.

    Nothing is moved or deleted before everything has been read.
    """

    gives: ClassVar[type[Output]] = DownloadsOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read all CSV files of a folder and put them into another one",
            """\
id: azure_downloads
namespace: company.team

tasks:
  - id: incoming
    type: io.kestra.plugin.azure.storage.blob.Downloads
    connectionString: "{{ secret('AZURE_CONNECTION_STRING') }}"
    container: data
    prefix: incoming/
    regexp: .*\\.csv
    action: MOVE
    moveTo:
      name: done

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.incoming.blobs | length }} files"
""",
        ),
    )

    def run(self, ctx: RunContext) -> DownloadsOutput:
        """Read the blobs, then do `action`."""
        settle = self.settled(ctx)
        with self.account(ctx, f"Download from {self.place}") as account:
            found = self.cut(ctx, self.find(account))
            blobs = [download(ctx, account, self.container, item.name) for item in found]
            for item in found:
                settle(account, item.name)
        return DownloadsOutput(blobs=blobs, output_files={blob.name: blob.uri or "" for blob in blobs})
