"""`io.kestra.plugin.aws.s3.List`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.aws.s3._listing import ListingProperties, cut
from engine.plugins.aws.s3._object import S3Object


class ListOutput(Output):
    """What was found."""

    objects: list[S3Object] = []
    """The objects, by name."""


class List(ListingProperties, Task):
    """Lists objects of S3."""

    gives: ClassVar[type[Output]] = ListOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "List all Parquet files, also in deeper folders",
            """\
id: s3_list
namespace: company.team

tasks:
  - id: files
    type: io.kestra.plugin.aws.s3.List
    accessKeyId: "{{ secret('AWS_ACCESS_KEY_ID') }}"
    secretKeyId: "{{ secret('AWS_SECRET_KEY_ID') }}"
    region: eu-central-1
    bucket: my-bucket
    prefix: trips/
    regexp: .*\\.parquet

  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{ outputs.files.objects | jq('.[].key') }}"
    tasks:
      - id: show
        type: io.kestra.plugin.core.log.Log
        message: "{{ taskrun.value }}"
""",
        ),
    )

    max_files: Annotated[int, Field(ge=1)] = 25
    """How many are listed at most; the log says when there are more."""

    def run(self, ctx: RunContext) -> ListOutput:
        """List the objects."""
        with self.client(ctx, f"Listing {self.place}") as client:
            objects = cut(ctx, self.find(ctx, client), self.max_files)
        ctx.metric("s3.objects.count", len(objects))
        return ListOutput(objects=objects)
