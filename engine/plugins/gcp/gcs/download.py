"""`io.kestra.plugin.gcp.gcs.Download`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.gcp.gcs._object import Address, GcsProperties, download


class DownloadOutput(Output):
    """What was read."""

    bucket: str
    """Name of the bucket."""
    path: str
    """Name of the object in the bucket."""
    uri: str
    """Address of the stored file: `kestra:///…`."""


class Download(GcsProperties, Task):
    """Reads an object of Google Cloud Storage into the storage of the execution.

    Fails when there is no such object.
    """

    gives: ClassVar[type[Output]] = DownloadOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Download a file and see how large it is",
            """\
id: gcs_download
namespace: company.team

tasks:
  - id: download
    type: io.kestra.plugin.gcp.gcs.Download
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    from: gs://my-bucket/trips/2021-01.csv

  - id: size
    type: io.kestra.plugin.core.storage.Size
    uri: "{{ outputs.download.uri }}"
""",
        ),
    )

    source: Annotated[Text, Field(alias="from")]
    """Address of the object: `gs://bucket/path`."""
    validate_checksum: bool = False
    """Whether the content must have the checksum that the bucket gives for it."""

    def run(self, ctx: RunContext) -> DownloadOutput:
        """Read the object."""
        at = Address.read(self.source, "from")
        with self.opened(ctx, f"Download of {at}") as client:
            blob = client.bucket(at.bucket).blob(at.path)
            uri = download(ctx, blob, validate=self.validate_checksum)
        return DownloadOutput(bucket=at.bucket, path=at.path, uri=uri)
