"""`io.kestra.plugin.gcp.gcs.Compose`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, Part, RunContext, Task, Text
from engine.plugins.gcp.gcs._listing import Filter, ListingProperties, ListingType, find
from engine.plugins.gcp.gcs._object import Address, GcsProperties

_MOST = 32


class ComposeOutput(Output):
    """What was written."""

    uri: str | None = None
    """Address of the new object; null when there was nothing to join."""


class Sources(Part):
    """Which objects are joined."""

    source: Annotated[Text, Field(alias="from")]
    """Where to look: `gs://bucket/path`; `path` is the beginning of the names and may be empty."""
    listing_type: ListingType = "DIRECTORY"
    """`DIRECTORY` finds what lies directly in the folder, `RECURSIVE` also what lies deeper."""
    filter: Filter = "BOTH"
    """What to take; directories have no content and are never joined."""
    reg_exp: Text | None = None
    """A regular expression that must match the whole address, `gs://` included."""


class Compose(GcsProperties, Task):
    """Joins up to 32 objects of one bucket into one, in the order of their names."""

    gives: ClassVar[type[Output]] = ComposeOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Join the parts of a file",
            """\
id: gcs_compose
namespace: company.team

tasks:
  - id: join
    type: io.kestra.plugin.gcp.gcs.Compose
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    list:
      from: gs://my-bucket/parts/
    to: gs://my-bucket/whole.csv
""",
        ),
    )

    sources: Annotated[Sources, Field(alias="list")]
    """Which objects are joined."""
    to: Text
    """Address of the new object: `gs://bucket/path`, in the same bucket."""
    allow_empty: bool = False
    """Whether finding no object is fine; otherwise the task fails."""

    def run(self, ctx: RunContext) -> ComposeOutput:
        """Join the objects."""
        target = Address.read(self.to, "to")
        wanted = self.sources
        if Address.read(wanted.source, "list.from", whole=False).bucket != target.bucket:
            raise TaskFailure(f"to: {target} is in another bucket than {wanted.source}; use the same bucket")
        listing = ListingProperties.model_construct(
            source=wanted.source, listing_type=wanted.listing_type, reg_exp=wanted.reg_exp
        )
        with self.opened(ctx, f"Joining {wanted.source}") as client:
            blobs = [] if wanted.filter == "DIRECTORY" else find(client, listing)
            if not blobs and not self.allow_empty:
                raise TaskFailure(
                    f"No object was found at {wanted.source}; to accept that set `allowEmpty: true`"
                )
            if len(blobs) > _MOST:
                raise TaskFailure(
                    f"{len(blobs)} objects were found at {wanted.source}; {_MOST} can be joined"
                )
            if not blobs:
                return ComposeOutput()
            bucket = client.bucket(target.bucket)
            bucket.blob(target.path).compose([bucket.blob(blob.name) for blob in blobs])
        ctx.metric("count", len(blobs))
        return ComposeOutput(uri=str(target))
