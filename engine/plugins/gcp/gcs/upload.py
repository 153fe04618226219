"""`io.kestra.plugin.gcp.gcs.Upload`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from typing import IO, Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins._transfer import Stoppable
from engine.plugins.gcp._google import google
from engine.plugins.gcp.gcs._object import Address, GcsProperties

_CHUNK_BYTES = 1 << 20


class UploadOutput(Output):
    """What was written."""

    uri: str
    """Address of the object: `gs://bucket/path`."""
    md5: str | None = None
    """MD5 checksum of the object, base64."""
    crc32c: Annotated[str | None, Field(alias="crc32c")] = None
    """CRC32C checksum of the object, base64."""


class Upload(GcsProperties, Task):
    """Writes a file into a bucket of Google Cloud Storage. An object of that name is replaced.

    Fails when the file or the bucket does not exist, and when a checksum differs.
    """

    gives: ClassVar[type[Output]] = UploadOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Upload a file that came as an input",
            """\
id: gcs_upload
namespace: company.team

inputs:
  - id: file
    type: FILE

tasks:
  - id: upload
    type: io.kestra.plugin.gcp.gcs.Upload
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    from: "{{ inputs.file }}"
    to: gs://my-bucket/trips/2021-01.csv
    contentType: text/csv
""",
        ),
    )

    source: Annotated[Text, Field(alias="from")]
    """Address of the file: `kestra:///…`."""
    to: Text
    """Address of the object: `gs://bucket/path`."""
    content_type: Text | None = None
    """Media type of the object; by default from the ending of its name."""
    content_encoding: Text | None = None
    """How the content is packed, like `gzip`."""
    content_disposition: Text | None = None
    """How browsers present the object."""
    cache_control: Text | None = None
    """How long caches may keep the object."""
    validate_checksum: bool = True
    """Whether the content is checked on arrival."""
    expected_md5: Text | None = None
    """MD5 checksum the file must have (base64 or hexadecimal); nothing is written if it has another."""
    expected_crc32c: Annotated[Text | None, Field(alias="expectedCrc32c")] = None
    """CRC32C checksum the file must have (base64 or hexadecimal); nothing is written if it has another."""

    def run(self, ctx: RunContext) -> UploadOutput:
        """Write the object."""
        target = Address.read(self.to, "to")
        with self.opened(ctx, f"Upload to {target}") as client:
            self._check(ctx)
            blob = client.bucket(target.bucket).blob(target.path)
            for name in ("content_encoding", "content_disposition", "cache_control"):
                if getattr(self, name) is not None:
                    setattr(blob, name, getattr(self, name))
            size = ctx.size(self.source)
            with ctx.open(self.source) as file:
                blob.upload_from_file(
                    Stoppable(file, ctx),
                    size=size,
                    content_type=self.content_type,
                    checksum="crc32c" if self.validate_checksum else None,
                )
        ctx.metric("file.size", size)
        return UploadOutput(uri=str(target), md5=blob.md5_hash, crc32c=blob.crc32c)

    def _check(self, ctx: RunContext) -> None:
        """Compare the file with the checksums it must have."""
        for name, wanted, new in (
            ("expectedMd5", self.expected_md5, lambda: hashlib.md5(usedforsecurity=False)),
            ("expectedCrc32c", self.expected_crc32c, google("google_crc32c").Checksum),
        ):
            if wanted is None:
                continue
            with ctx.open(self.source) as file:
                found = _digest(file, new())
            if found != _bytes(name, wanted, len(found)):
                shown = base64.b64encode(found).decode("ascii")
                raise TaskFailure(
                    f"{name}: the file has the checksum {shown}, not {wanted}; nothing was written"
                )


def _digest(file: IO[bytes], checksum: Any) -> bytes:
    while chunk := file.read(_CHUNK_BYTES):
        checksum.update(chunk)
    found: bytes = checksum.digest()
    return found


def _bytes(name: str, text: str, size: int) -> bytes:
    try:
        if re.fullmatch(rf"[0-9a-fA-F]{{{size * 2}}}", text):
            return bytes.fromhex(text)
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise TaskFailure(f"{name}: '{text}' is not a checksum; write it as base64 or hexadecimal") from error
