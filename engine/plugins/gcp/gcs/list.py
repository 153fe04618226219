"""`io.kestra.plugin.gcp.gcs.List`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.gcp.gcs._listing import Filter, ListingProperties, cut, find
from engine.plugins.gcp.gcs._object import BlobOutput


class ListOutput(Output):
    """What was found."""

    blobs: list[BlobOutput] = []
    """The objects and directories, by name."""


class List(ListingProperties, Task):
    """Lists objects of Google Cloud Storage."""

    gives: ClassVar[type[Output]] = ListOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "List all Parquet files, also in deeper folders",
            """\
id: gcs_list
namespace: company.team

tasks:
  - id: files
    type: io.kestra.plugin.gcp.gcs.List
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    from: gs://my-bucket/trips/
    listingType: RECURSIVE
    filter: FILES
    regExp: .*\\.parquet

  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ outputs.files.blobs | jq('.[].uri') }}"
    tasks:
      - id: show
        type: io.kestra.plugin.core.log.Log
        message: "{{ taskrun.value }}"
""",
        ),
    )

    filter: Filter = "BOTH"
    """What to list: `FILES`, `DIRECTORY`, or `BOTH`."""
    max_files: Annotated[int, Field(ge=1)] = 25
    """How many are listed at most; the log says when there are more."""

    def run(self, ctx: RunContext) -> ListOutput:
        """List the objects."""
        with self.opened(ctx, f"Listing {self.source}") as client:
            found = find(client, self, self.filter)
        blobs = cut(ctx, found, self.max_files)
        ctx.metric("size", len(blobs))
        return ListOutput(blobs=blobs)
