"""Finding objects: by the beginning of their names and by a pattern, and what is done with them then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import RunContext, Text
from engine.plugins._transfer import matcher
from engine.plugins.gcp.gcs._object import Address, BlobOutput, GcsProperties, copy

ListingType = Literal["RECURSIVE", "DIRECTORY"]
Filter = Literal["FILES", "DIRECTORY", "BOTH"]
Action = Literal["MOVE", "DELETE", "NONE"]


class ListingProperties(GcsProperties):
    """Which objects are meant."""

    abstract: ClassVar[bool] = True

    source: Annotated[Text, Field(alias="from")]
    """Where to look: `gs://bucket/path`; `path` is the beginning of the names and may be empty."""
    listing_type: ListingType = "DIRECTORY"
    """`DIRECTORY` finds what lies directly in the folder, `RECURSIVE` also what lies deeper."""
    reg_exp: Text | None = None
    """A regular expression that must match the whole address, `gs://` included."""


class CollectProperties(ListingProperties):
    """Which objects are fetched, and what becomes of them in the bucket."""

    abstract: ClassVar[bool] = True

    max_files: Annotated[int, Field(ge=1)] = 25
    """How many objects are taken at most."""
    action: Action = "NONE"
    """What becomes of them in the bucket: `DELETE` removes them, `MOVE` puts them into `moveDirectory`."""
    move_directory: Text | None = None
    """Where `MOVE` puts them: `gs://bucket/folder`."""

    def settled(self) -> Callable[[Any, BlobOutput], None]:
        """Return the function that does `action`; raises TaskFailure when it lacks a place."""
        if self.action == "NONE":
            return lambda client, blob: None
        if self.action == "DELETE":
            return lambda client, blob: client.bucket(blob.bucket).blob(blob.name).delete()
        if not self.move_directory:
            raise TaskFailure("moveDirectory: missing; `action: MOVE` needs it, like gs://bucket/done")
        folder = Address.read(self.move_directory, "moveDirectory", whole=False)

        def move(client: Any, blob: BlobOutput) -> None:
            parts = (folder.path.strip("/"), blob.name.rpartition("/")[2])
            copy(
                client, Address(blob.bucket, blob.name), Address(folder.bucket, "/".join(filter(None, parts)))
            )
            client.bucket(blob.bucket).blob(blob.name).delete()

        return move


def find(client: Any, task: ListingProperties, wanted: Filter = "FILES") -> list[BlobOutput]:
    """Return the objects by name; raises TaskFailure for a wrong address or pattern."""
    at = Address.read(task.source, "from", whole=False)
    delimiter = "/" if task.listing_type == "DIRECTORY" else None
    pages = client.list_blobs(at.bucket, prefix=at.path or None, delimiter=delimiter)
    found = {blob.name: BlobOutput.of(blob) for blob in pages}
    for name in pages.prefixes:
        uri = f"gs://{at.bucket}/{name}"
        found.setdefault(name, BlobOutput(uri=uri, bucket=at.bucket, name=name, directory=True))
    matches = matcher("regExp", task.reg_exp)
    return [
        blob
        for _, blob in sorted(found.items())
        if wanted == "BOTH" or blob.directory == (wanted == "DIRECTORY")
        if matches(blob.uri)
    ]


def cut(ctx: RunContext, blobs: list[BlobOutput], most: int) -> list[BlobOutput]:
    """Return at most so many objects, and warn when there are more."""
    if len(blobs) > most:
        ctx.warn(f"{len(blobs)} objects were found, more than `maxFiles` allows; only {most} are taken")
    return blobs[:most]
