"""Objects of S3: what is told of them, and moving their content."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing
from typing import Any, ClassVar

from engine.model.moment import to_text
from engine.plugin import Output, RunContext, Text
from engine.plugins._transfer import Stoppable, receive
from engine.plugins.aws._aws import AwsProperties, aws, aws_errors

_CHUNK_BYTES = 1 << 20
_ALGORITHMS = ("SHA256", "SHA1", "CRC32", "CRC32C", "CRC64NVME")


class S3Properties(AwsProperties):
    """A task that works with S3."""

    abstract: ClassVar[bool] = True

    def client(self, ctx: RunContext, doing: str) -> AbstractContextManager[Any]:
        """Give a client; its errors become a TaskFailure that names `doing`."""
        return self.opened(ctx, "s3", doing)


class BucketProperties(S3Properties):
    """A task that works in a bucket."""

    abstract: ClassVar[bool] = True

    bucket: Text
    """Name of the bucket."""
    request_payer: Text | None = None
    """`requester`, when whoever asks pays for it."""
    expected_bucket_owner: Text | None = None
    """Number of the account the bucket must belong to; anything else is refused."""

    def common(self) -> dict[str, Any]:
        """Return the parameters that go with every request."""
        found = {
            "Bucket": self.bucket,
            "RequestPayer": self.request_payer,
            "ExpectedBucketOwner": self.expected_bucket_owner,
        }
        return {name: value for name, value in found.items() if value is not None}


class FileInfo(Output):
    """One of several files."""

    uri: str | None = None
    """Address of the stored file, where it was downloaded."""
    content_length: int | None = None
    """Number of bytes."""
    content_type: str | None = None
    """Media type."""
    metadata: dict[str, str] | None = None
    """Metadata of your own."""
    version_id: str | None = None
    """Version, in buckets that keep versions."""
    e_tag: str | None = None
    """Entity tag."""
    checksum_algorithm: str | None = None
    """Kind of checksum S3 has stored."""
    checksum_value: str | None = None
    """That checksum, base64."""


class S3Object(Output):
    """An object of a bucket."""

    uri: str | None = None
    """Address of the stored file, where it was downloaded."""
    key: str
    """Name in the bucket."""
    etag: str | None = None
    """Entity tag."""
    size: int = 0
    """Number of bytes."""
    last_modified: str | None = None
    """When its content was written."""
    owner: dict[str, str] | None = None
    """`id` and `displayName` of the owner, where the store tells them."""
    checksum_algorithm: str | None = None
    """Kind of checksum S3 has stored, where the object was downloaded."""
    checksum_value: str | None = None
    """That checksum, base64."""

    @classmethod
    def of(cls, found: dict[str, Any]) -> S3Object:
        """Return what a listing tells of an object."""
        owner = found.get("Owner")
        return cls(
            key=found["Key"],
            etag=found.get("ETag"),
            size=found.get("Size", 0),
            last_modified=to_text(found["LastModified"]) if found.get("LastModified") else None,
            owner={"id": owner.get("ID", ""), "displayName": owner.get("DisplayName", "")} if owner else None,
        )


def download(
    ctx: RunContext, client: Any, request: dict[str, Any], *, validate: bool, version: str | None = None
) -> FileInfo:
    """Copy an object's content into the storage of the execution.

    `request`: parameters with `Bucket` and `Key`. `validate`: the content is compared with the checksum the
    bucket has stored for it; the log says when it has none.
    """
    key = request["Key"]
    wanted = {**request, **({"VersionId": version} if version else {})}
    if validate:
        wanted["ChecksumMode"] = "ENABLED"
    with aws_errors(f"Download of s3://{request['Bucket']}/{key}", ctx):
        found = client.get_object(**wanted)
        algorithm = next((name for name in _ALGORITHMS if found.get(f"Checksum{name}")), None)
        if validate and algorithm is None:
            ctx.warn(f"s3://{request['Bucket']}/{key} has no stored checksum; it was not compared")
        with closing(found["Body"]) as body:

            def write(file: Any) -> None:
                target = Stoppable(file, ctx)
                while chunk := body.read(_CHUNK_BYTES):
                    target.write(chunk)

            uri, size = receive(ctx, key, write)
    ctx.metric("file.size", size)
    return FileInfo(
        uri=uri,
        content_length=size,
        content_type=found.get("ContentType"),
        metadata=found.get("Metadata") or {},
        version_id=found.get("VersionId"),
        e_tag=found.get("ETag"),
        checksum_algorithm=algorithm,
        checksum_value=found.get(f"Checksum{algorithm}") if algorithm else None,
    )


def copy(client: Any, source: dict[str, str], bucket: str, key: str, extra: dict[str, Any]) -> dict[str, Any]:
    """Copy an object inside S3, however large it is, and return what S3 tells of the new one."""
    client.copy(source, bucket, key, ExtraArgs=extra or None)
    head: dict[str, Any] = client.head_object(Bucket=bucket, Key=key)
    return head


def transfer_config(most: int | None = None) -> Any:
    """Return how content is sent: in parts of 8 MB, a few at the same time."""
    return aws("boto3.s3.transfer").TransferConfig(max_concurrency=min(most or 4, 10))
