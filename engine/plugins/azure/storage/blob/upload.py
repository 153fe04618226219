"""`io.kestra.plugin.azure.storage.blob.Upload`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, Part, RunContext, StringMap, Task, Text
from engine.plugins._transfer import Stoppable, files_of
from engine.plugins.azure._azure import azure
from engine.plugins.azure.storage.blob._blob import Blob, BlobProperties


class ImmutabilityPolicy(Part):
    """Until when a blob cannot be changed."""

    expiry_time: datetime
    """The end, as a date like `2027-01-31T00:00:00Z`."""
    policy_mode: Literal["UNLOCKED", "LOCKED", "MUTABLE"] = "UNLOCKED"
    """Whether the end may still be changed: `LOCKED` lets it only be put off."""


class UploadOutput(Output):
    """What was written."""

    blob: Blob | None = None
    """The blob, when one file was written."""
    blobs: list[Blob] = []
    """All blobs."""


class Upload(BlobProperties, Task):
    """Writes one or more files into a container of Azure Blob Storage. Blobs of those names are replaced.

    Fails when a file or the container does not exist. When one of several fails, those before it stay.
    """

    gives: ClassVar[type[Output]] = UploadOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Upload a file that came as an input",
            """\
id: azure_upload
namespace: company.team

inputs:
  - id: file
    type: FILE

tasks:
  - id: upload
    type: io.kestra.plugin.azure.storage.blob.Upload
    connectionString: "{{ secret('AZURE_CONNECTION_STRING') }}"
    container: data
    from: "{{ inputs.file }}"
    name: trips/2021-01.csv
    metadata:
      source: taxi
""",
        ),
        Example(
            "Upload all files a script has made",
            """\
id: azure_upload_many
namespace: company.team

tasks:
  - id: make
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    outputFiles: ["*.csv"]
    commands:
      - echo a > a.csv
      - echo b > b.csv

  - id: upload
    type: io.kestra.plugin.azure.storage.blob.Upload
    endpoint: https://myaccount.blob.core.windows.net
    sasToken: "{{ secret('AZURE_SAS_TOKEN') }}"
    container: data
    from: "{{ outputs.make.outputFiles }}"
    name: trips
""",
        ),
    )

    source: Annotated[Text | list[Text] | StringMap, Field(alias="from")]
    """Address of the file (`kestra:///…`), a list of addresses, or names with their addresses; `name` is then
    the folder they are put into."""
    metadata: StringMap | None = None
    """Metadata of your own."""
    tags: StringMap | None = None
    """Tags, by which blobs can be found."""
    access_tier: Text | None = None
    """Access tier, like `HOT`, `COOL`, `COLD` or `ARCHIVE`."""
    legal_hold: bool | None = None
    """Whether the blob is held; the container must be set up for it."""
    immutability_policy: ImmutabilityPolicy | None = None
    """Until when the blob cannot be changed; the container must be set up for it."""

    def run(self, ctx: RunContext) -> UploadOutput:
        """Write the blobs."""
        files, one = files_of(self.source), isinstance(self.source, str)
        with self.account(ctx, f"Upload to {self.place}") as account:
            if len(files) == 1 and one:
                written = [self._send(ctx, account, next(iter(files.values())), self.name)]
            else:
                folder = self.name.rstrip("/")
                written = [
                    self._send(ctx, account, uri, f"{folder}/{name}".lstrip("/"))
                    for name, uri in files.items()
                ]
        return UploadOutput(blob=written[0] if len(written) == 1 else None, blobs=written)

    def _send(self, ctx: RunContext, account: Any, uri: str, name: str) -> Blob:
        size, client = ctx.size(uri), account.get_blob_client(self.container, name)
        more = {"metadata": self.metadata, "tags": self.tags, "standard_blob_tier": self._tier()}
        given = {key: value for key, value in more.items() if value is not None}
        with ctx.open(uri) as file:
            client.upload_blob(Stoppable(file, ctx), length=size, overwrite=True, **given)
        if self.immutability_policy is not None:
            kind = azure("azure.storage.blob").ImmutabilityPolicy
            end = self.immutability_policy.expiry_time
            client.set_immutability_policy(
                kind(
                    expiry_time=end if end.tzinfo else end.replace(tzinfo=UTC),
                    policy_mode=self.immutability_policy.policy_mode.capitalize(),
                )
            )
        if self.legal_hold is not None:
            client.set_legal_hold(self.legal_hold)
        ctx.metric("file.size", size)
        return Blob.of(client.get_blob_properties())

    def _tier(self) -> Any:
        """Return the tier as the service names it; raises TaskFailure."""
        if self.access_tier is None:
            return None
        known = {tier.value.upper(): tier for tier in azure("azure.storage.blob").StandardBlobTier}
        found = known.get(self.access_tier.upper())
        if found is None:
            raise TaskFailure(f"accessTier: '{self.access_tier}' is none; use {', '.join(sorted(known))}")
        return found
