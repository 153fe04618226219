"""`io.kestra.plugin.azure.storage.blob.DeleteList`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.azure.storage.blob._listing import ListingProperties


class DeleteListOutput(Output):
    """What was deleted."""

    count: int = 0
    """How many blobs."""
    size: int = 0
    """How many bytes they had."""


class DeleteList(ListingProperties, Task):
    """Deletes all blobs of Azure Blob Storage that match.

    When one cannot be deleted, those before it are gone.
    """

    gives: ClassVar[type[Output]] = DeleteListOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete all files of a folder",
            """\
id: azure_delete_list
namespace: company.team

tasks:
  - id: clean
    type: io.kestra.plugin.azure.storage.blob.DeleteList
    connectionString: "{{ secret('AZURE_CONNECTION_STRING') }}"
    container: data
    prefix: staging/
""",
        ),
    )

    concurrent: Annotated[int | None, Field(ge=1)] = None
    """Without effect: blobs are deleted one after the other."""
    error_on_empty: bool = False
    """Whether it is an error when nothing matches."""

    def run(self, ctx: RunContext) -> DeleteListOutput:
        """Delete the blobs."""
        count = size = 0
        with self.account(ctx, f"Deleting {self.place}") as account:
            found = self.find(account)
            if not found and self.error_on_empty:
                raise TaskFailure(f"No blob was found at {self.place} and `errorOnEmpty` is true")
            for item in found:
                if ctx.cancelled.is_set():
                    raise TaskFailure(f"Stopped; {count} of {len(found)} blobs were deleted")
                account.get_blob_client(self.container, item.name).delete_blob()
                count, size = count + 1, size + item.size
        ctx.metric("count", count)
        ctx.metric("size", size)
        return DeleteListOutput(count=count, size=size)
