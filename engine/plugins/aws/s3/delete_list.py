"""`io.kestra.plugin.aws.s3.DeleteList`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.aws.s3._listing import ListingProperties, delete_all


class DeleteListOutput(Output):
    """What was deleted."""

    count: int = 0
    """How many objects."""
    size: int = 0
    """How many bytes they had."""


class DeleteList(ListingProperties, Task):
    """Deletes all objects of S3 that match, up to a thousand with each request.

    Fails when some could not be deleted, and says which.
    """

    gives: ClassVar[type[Output]] = DeleteListOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete all files of a folder",
            """\
id: s3_delete_list
namespace: company.team

tasks:
  - id: clean
    type: io.kestra.plugin.aws.s3.DeleteList
    accessKeyId: "{{ secret('AWS_ACCESS_KEY_ID') }}"
    secretKeyId: "{{ secret('AWS_SECRET_KEY_ID') }}"
    region: eu-central-1
    bucket: my-bucket
    prefix: staging/
""",
        ),
    )

    concurrent: Annotated[int | None, Field(ge=1)] = None
    """Without effect: objects are deleted by the thousand."""
    error_on_empty: bool = False
    """Whether it is an error when nothing matches."""

    def run(self, ctx: RunContext) -> DeleteListOutput:
        """Delete the objects."""
        with self.client(ctx, f"Deleting {self.place}") as client:
            found = self.find(ctx, client)
            if not found and self.error_on_empty:
                raise TaskFailure(f"No object was found at {self.place} and `errorOnEmpty` is true")
            failed = delete_all(client, self.common(), [item.key for item in found])
        if failed:
            raise TaskFailure(
                f"{len(failed)} of {len(found)} objects could not be deleted: {'; '.join(failed[:3])}"
            )
        size = sum(item.size for item in found)
        ctx.metric("s3.objects.deleted.count", len(found))
        ctx.metric("s3.objects.deleted.size", size)
        return DeleteListOutput(count=len(found), size=size)
