"""`io.kestra.plugin.azure.storage.blob.Copy`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.azure._azure import AzureStorageProperties
from engine.plugins.azure.storage.blob._blob import BlobOutput, Place, copy


class Copy(AzureStorageProperties, Task):
    """Copies a blob inside a storage account, or moves it; its content does not pass through this machine.

    Fails when there is no such blob, and when a blob would be moved onto itself.
    """

    gives: ClassVar[type[Output]] = BlobOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Move a file into another container",
            """\
id: azure_copy
namespace: company.team

tasks:
  - id: copy
    type: io.kestra.plugin.azure.storage.blob.Copy
    connectionString: "{{ secret('AZURE_CONNECTION_STRING') }}"
    from:
      container: data
      name: incoming/2021-01.csv
    to:
      container: archive
      name: 2021/01.csv
    delete: true
""",
        ),
    )

    source: Annotated[Place, Field(alias="from")]
    """The blob to copy."""
    to: Place
    """Where to."""
    delete: bool = False
    """Whether the old blob is deleted afterwards."""

    def run(self, ctx: RunContext) -> BlobOutput:
        """Copy the blob."""
        source, target = (self.source.container, self.source.name), (self.to.container, self.to.name)
        if self.delete and source == target:
            raise TaskFailure(f"to: {'/'.join(target)} is also `from`; with `delete: true` it would be lost")
        with self.account(ctx, f"Copying {'/'.join(source)} to {'/'.join(target)}") as account:
            made = copy(ctx, account, source, target)
            if self.delete:
                account.get_blob_client(*source).delete_blob()
        return BlobOutput(blob=made)
