"""Blobs: what is told of them, and moving their content."""

from __future__ import annotations

from typing import IO, Any, ClassVar

from engine.errors import TaskFailure
from engine.model.moment import to_text
from engine.plugin import Output, Part, RunContext, Text
from engine.plugins._transfer import Stoppable, receive
from engine.plugins.azure._azure import AzureStorageProperties, azure_errors

_STEP_SECONDS = 1.0


class Blob(Output):
    """A blob of a container."""

    uri: str | None = None
    """Address of the stored file, where it was downloaded."""
    container: str
    """Name of the container."""
    name: str
    """Name of the blob."""
    size: int = 0
    """Number of bytes."""
    last_modified: str | None = None
    """When its content was written."""
    e_tag: str | None = None
    """Entity tag."""

    @classmethod
    def of(cls, found: Any) -> Blob:
        """Return what the service tells of a blob; of a folder of a listing that is only its name."""
        changed = getattr(found, "last_modified", None)
        return cls(
            container=found.container,
            name=found.name,
            size=getattr(found, "size", None) or 0,
            last_modified=to_text(changed) if changed else None,
            e_tag=getattr(found, "etag", None),
        )


class BlobOutput(Output):
    """The blob."""

    blob: Blob
    """The blob."""


class ContainerProperties(AzureStorageProperties):
    """A task that works in a container."""

    abstract: ClassVar[bool] = True

    container: Text
    """Name of the container."""


class BlobProperties(ContainerProperties):
    """A task that works with one blob."""

    abstract: ClassVar[bool] = True

    name: Text
    """Name of the blob, like `trips/2021-01.csv`."""

    @property
    def place(self) -> str:
        """The blob, for messages."""
        return f"{self.container}/{self.name}"


class Place(Part):
    """A blob."""

    container: Text
    """Name of the container."""
    name: Text
    """Name of the blob."""


def download(ctx: RunContext, account: Any, container: str, name: str) -> Blob:
    """Copy a blob's content into the storage of the execution and return what is told of the blob."""
    with azure_errors(f"Download of {container}/{name}", ctx):
        found = account.get_blob_client(container, name).download_blob()

        def write(file: IO[bytes]) -> None:
            target = Stoppable(file, ctx)
            for chunk in found.chunks():
                target.write(chunk)

        uri, size = receive(ctx, name, write)
    ctx.metric("file.size", size)
    return Blob.of(found.properties).model_copy(update={"uri": uri, "container": container, "name": name})


def copy(ctx: RunContext, account: Any, source: tuple[str, str], target: tuple[str, str]) -> Blob:
    """Copy a blob inside the account, wait until it is done, and return the new one."""
    new, address = account.get_blob_client(*target), account.get_blob_client(*source).url
    signature = getattr(account.credential, "signature", None)  # a token must stand in the address as well
    new.start_copy_from_url(f"{address}?{signature}" if signature else address)
    while True:
        found = new.get_blob_properties()
        if found.copy.status != "pending":
            break
        if ctx.cancelled.wait(_STEP_SECONDS):
            new.abort_copy(found.copy.id)
            raise TaskFailure(f"Stopped; the copy of {'/'.join(source)} was broken off")
    if found.copy.status != "success":
        said = found.copy.status_description or "no reason given"
        raise TaskFailure(f"The copy of {'/'.join(source)} ended {found.copy.status}: {said}")
    return Blob.of(found)
