"""`io.kestra.plugin.gcp.gcs.Downloads`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.gcp.gcs._listing import CollectProperties, cut, find
from engine.plugins.gcp.gcs._object import BlobOutput, download


class DownloadsOutput(Output):
    """What was read."""

    blobs: list[BlobOutput] = []
    """The objects; their `uri` is the address of the stored file."""
    output_files: dict[str, str] = {}
    """Addresses of the stored files by the name of the object."""


class Downloads(CollectProperties, Task):
    """Reads several objects of Google Cloud Storage, and moves or deletes them in the bucket if wished."""

    gives: ClassVar[type[Output]] = DownloadsOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read all CSV files of a folder and put them into another one",
            """\
id: gcs_downloads
namespace: company.team

tasks:
  - id: incoming
    type: io.kestra.plugin.gcp.gcs.Downloads
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    from: gs://my-bucket/incoming/
    regExp: .*\\.csv
    action: MOVE
    moveDirectory: gs://my-bucket/done/

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.incoming.blobs | length }} files"
""",
        ),
    )

    validate_checksum: bool = False
    """Whether the content must have the checksum that the bucket gives for it."""

    def run(self, ctx: RunContext) -> DownloadsOutput:
        """Read the objects, then do `action`."""
        settle = self.settled()
        with self.opened(ctx, f"Download from {self.source}") as client:
            found = cut(ctx, find(client, self), self.max_files)
            blobs = []
            for blob in found:
                source = client.bucket(blob.bucket).blob(blob.name)
                uri = download(ctx, source, validate=self.validate_checksum)
                blobs.append(blob.model_copy(update={"uri": uri}))
            for blob in found:
                settle(client, blob)
        return DownloadsOutput(blobs=blobs, output_files={blob.name: blob.uri for blob in blobs})
