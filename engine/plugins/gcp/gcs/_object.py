"""Objects of Google Cloud Storage: their addresses, what is told of them, and moving their content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.errors import TaskFailure
from engine.model.moment import to_text
from engine.plugin import Output, RunContext
from engine.plugins._transfer import Stoppable, receive
from engine.plugins.gcp._google import GcpProperties, google, google_errors

_ADDRESS = re.compile(r"gs://([^/\s]+)(?:/(.*))?", re.DOTALL)
_EMULATOR = "STORAGE_EMULATOR_HOST"


@dataclass(frozen=True, slots=True)
class Address:
    """A place in a bucket; `path` may be empty, or the beginning of many names."""

    bucket: str
    path: str = ""

    @classmethod
    def read(cls, text: str, name: str, *, whole: bool = True) -> Address:
        """Read `gs://bucket/path`; raises TaskFailure that names the property. `whole` wants a path."""
        match = _ADDRESS.fullmatch(text.strip())
        if match is None or (whole and not match[2]):
            raise TaskFailure(
                f"{name}: '{text}' is not the address of an object; write it like gs://bucket/path"
            )
        return cls(match[1], match[2] or "")

    def __str__(self) -> str:
        return f"gs://{self.bucket}/{self.path}"


class GcsProperties(GcpProperties):
    """A task that works with Google Cloud Storage."""

    abstract: ClassVar[bool] = True

    @contextmanager
    def opened(self, ctx: RunContext, doing: str) -> Iterator[Any]:
        """Give a client that is closed at the end; its errors become a TaskFailure that names `doing`."""
        storage = google("google.cloud.storage")
        credentials, project = self.identity(_EMULATOR)
        with (
            google_errors(doing, ctx),
            closing(storage.Client(project=project, credentials=credentials)) as client,
        ):
            yield client


class BlobOutput(Output):
    """An object, or a directory: the beginning that several names share."""

    uri: str
    """Address of the object, or of the stored file where it was downloaded."""
    bucket: str
    """Name of the bucket."""
    name: str
    """Name of the object in the bucket."""
    size: int | None = None
    """Number of bytes; null for a directory."""
    content_type: str | None = None
    """Media type."""
    content_encoding: str | None = None
    """How the content is packed."""
    content_disposition: str | None = None
    """How browsers present it."""
    cache_control: str | None = None
    """How long caches may keep it."""
    storage_class: str | None = None
    """Storage class."""
    md5: str | None = None
    """MD5 checksum, base64."""
    crc32c: Annotated[str | None, Field(alias="crc32c")] = None
    """CRC32C checksum, base64."""
    etag: str | None = None
    """Entity tag."""
    generation: int | None = None
    """Version of the content."""
    metageneration: int | None = None
    """Version of the metadata."""
    metadata: dict[str, str] | None = None
    """Metadata of your own."""
    create_time: str | None = None
    """When it was made."""
    update_time: str | None = None
    """When it was last changed."""
    directory: bool = False
    """Whether it is a directory."""

    @classmethod
    def of(cls, blob: Any) -> BlobOutput:
        """Return what is told of an object of the client."""
        return cls(
            uri=f"gs://{blob.bucket.name}/{blob.name}",
            bucket=blob.bucket.name,
            name=blob.name,
            size=blob.size,
            content_type=blob.content_type,
            content_encoding=blob.content_encoding,
            content_disposition=blob.content_disposition,
            cache_control=blob.cache_control,
            storage_class=blob.storage_class,
            md5=blob.md5_hash,
            crc32c=blob.crc32c,
            etag=blob.etag,
            generation=blob.generation,
            metageneration=blob.metageneration,
            metadata=blob.metadata,
            create_time=to_text(blob.time_created) if blob.time_created else None,
            update_time=to_text(blob.updated) if blob.updated else None,
            directory=blob.name.endswith("/"),
        )


Checksum = Literal["crc32c"] | None


def download(ctx: RunContext, blob: Any, *, validate: bool) -> str:
    """Copy an object's content into the storage of the execution and return the file's address."""
    checksum: Checksum = "crc32c" if validate else None
    try:
        uri, size = receive(
            ctx, blob.name, lambda file: blob.download_to_file(Stoppable(file, ctx), checksum=checksum)
        )
    except google("google.cloud.storage.exceptions").DataCorruption as error:
        raise TaskFailure(
            f"gs://{blob.bucket.name}/{blob.name} does not have the CRC32C checksum the bucket gives for it; "
            "download it again"
        ) from error
    ctx.metric("file.size", size)
    return uri


def copy(client: Any, source: Address, target: Address) -> None:
    """Copy an object inside Google Cloud Storage, however large it is."""
    old = client.bucket(source.bucket).blob(source.path)
    new = client.bucket(target.bucket).blob(target.path)
    token, _, _ = new.rewrite(old)
    while token is not None:
        token, _, _ = new.rewrite(old, token=token)
