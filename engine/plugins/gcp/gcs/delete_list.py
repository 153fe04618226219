"""`io.kestra.plugin.gcp.gcs.DeleteList`."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import STATIC, Example, Output, RunContext, Task
from engine.plugins.gcp.gcs._listing import ListingProperties, find
from engine.plugins.gcp.gcs._object import BlobOutput


class DeleteListOutput(Output):
    """What was deleted."""

    count: int
    """Number of objects."""
    size: int
    """Their bytes together."""


class DeleteList(ListingProperties, Task):
    """Deletes objects of Google Cloud Storage by the beginning of their names and a pattern."""

    gives: ClassVar[type[Output]] = DeleteListOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Empty a folder",
            """\
id: gcs_delete_list
namespace: company.team

tasks:
  - id: clean
    type: io.kestra.plugin.gcp.gcs.DeleteList
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    from: gs://my-bucket/staging/
    listingType: RECURSIVE
""",
        ),
    )

    error_on_empty: bool = False
    """Fail when no object is found."""
    concurrent: Annotated[int | None, Field(ge=2, le=64), STATIC] = None
    """How many are deleted at the same time; one after the other when left out."""

    def run(self, ctx: RunContext) -> DeleteListOutput:
        """Delete the objects."""
        with self.opened(ctx, f"Deleting {self.source}") as client:
            blobs = find(client, self)
            if not blobs and self.error_on_empty:
                raise TaskFailure(f"No object was found at {self.source} and `errorOnEmpty` is true")

            def delete(blob: BlobOutput) -> None:
                if ctx.cancelled.is_set():
                    raise TaskFailure("Stopped; the objects left are not deleted")
                client.bucket(blob.bucket).blob(blob.name).delete()

            with ThreadPoolExecutor(self.concurrent or 1) as pool:
                list(pool.map(delete, blobs))
        size = sum(blob.size or 0 for blob in blobs)
        ctx.metric("count", len(blobs))
        ctx.metric("size", size)
        return DeleteListOutput(count=len(blobs), size=size)
