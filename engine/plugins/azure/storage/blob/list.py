"""`io.kestra.plugin.azure.storage.blob.List`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.azure.storage.blob._blob import Blob
from engine.plugins.azure.storage.blob._listing import FewProperties


class ListOutput(Output):
    """What was found."""

    blobs: list[Blob] = []
    """The blobs, by name."""


class List(FewProperties, Task):
    """Lists blobs of Azure Blob Storage."""

    gives: ClassVar[type[Output]] = ListOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "List all Parquet files, also in deeper folders",
            """\
id: azure_list
namespace: company.team

tasks:
  - id: files
    type: io.kestra.plugin.azure.storage.blob.List
    connectionString: "{{ secret('AZURE_CONNECTION_STRING') }}"
    container: data
    prefix: trips/
    regexp: .*\\.parquet
    maxFiles: 1000

  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ outputs.files.blobs | jq('.[].name') }}"
    tasks:
      - id: show
        type: io.kestra.plugin.core.log.Log
        message: "{{ taskrun.value }}"
""",
        ),
    )

    def run(self, ctx: RunContext) -> ListOutput:
        """List the blobs."""
        with self.account(ctx, f"Listing {self.place}") as account:
            blobs = self.cut(ctx, self.find(account))
        ctx.metric("size", len(blobs))
        return ListOutput(blobs=blobs)
