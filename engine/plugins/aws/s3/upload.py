"""`io.kestra.plugin.aws.s3.Upload`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlencode

from pydantic import Field

from engine.plugin import Example, Output, RunContext, StringMap, Task, Text
from engine.plugins._transfer import Stoppable, files_of
from engine.plugins.aws.s3._object import BucketProperties, FileInfo, transfer_config

_AT_ONCE = 8
"""More transfers at the same time gain nothing on one connection to the outside."""


class UploadOutput(Output):
    """What was written."""

    bucket: str
    """Name of the bucket."""
    key: str
    """Name of the object, or the beginning of the names of several."""
    e_tag: str | None = None
    """Entity tag, when one file was written."""
    version_id: str | None = None
    """Version, in buckets that keep versions, when one file was written."""
    files: dict[str, FileInfo] | None = None
    """What was written by file name, when there were several."""


class Upload(BucketProperties, Task):
    """Writes one or more files into a bucket of S3. Objects of those names are replaced.

    Fails when a file or the bucket does not exist. Several files are written one after the other or side by
    side; when one fails, those that were already written stay.
    """

    gives: ClassVar[type[Output]] = UploadOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Upload a file that came as an input",
            """\
id: s3_upload
namespace: company.team

inputs:
  - id: file
    type: FILE

tasks:
  - id: upload
    type: io.kestra.plugin.aws.s3.Upload
    accessKeyId: "{{ secret('AWS_ACCESS_KEY_ID') }}"
    secretKeyId: "{{ secret('AWS_SECRET_KEY_ID') }}"
    region: eu-central-1
    from: "{{ inputs.file }}"
    bucket: my-bucket
    key: trips/2021-01.csv
    contentType: text/csv
""",
        ),
        Example(
            "Upload all files a script has made into a bucket of MinIO",
            """\
id: s3_upload_many
namespace: company.team

tasks:
  - id: make
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner:
      type: io.kestra.plugin.core.runner.Process
    outputFiles: ["*.csv"]
    commands:
      - echo a > a.csv
      - echo b > b.csv

  - id: upload
    type: io.kestra.plugin.aws.s3.Upload
    endpointOverride: http://localhost:9000
    compatibilityMode: true
    accessKeyId: "{{ secret('MINIO_USER') }}"
    secretKeyId: "{{ secret('MINIO_PASSWORD') }}"
    region: us-east-1
    from: "{{ outputs.make.outputFiles }}"
    bucket: my-bucket
    key: trips
""",
        ),
    )

    source: Annotated[Text | list[Text] | StringMap, Field(alias="from")]
    """Address of the file (`kestra:///…`), a list of addresses, or names with their addresses."""
    key: Text
    """Name of the object; for several files the folder they are put into."""
    metadata: StringMap | None = None
    """Metadata of your own."""
    cache_control: Text | None = None
    """How long caches may keep the object."""
    content_type: Text | None = None
    """Media type."""
    content_encoding: Text | None = None
    """How the content is packed, like `gzip`."""
    content_disposition: Text | None = None
    """How browsers present the object."""
    content_language: Text | None = None
    """Language of the content."""
    expires: Text | None = None
    """When caches throw the object away, as a date like `2026-01-31T00:00:00Z`."""
    acl: Text | None = None
    """A canned access list, like `private` or `public-read`."""
    storage_class: Text | None = None
    """Storage class, like `STANDARD_IA` or `GLACIER`."""
    server_side_encryption: Literal["AES256", "AWS_KMS"] | None = None
    """How the object is encrypted."""
    bucket_key_enabled: bool | None = None
    """Whether the bucket's own key is used with KMS."""
    checksum_algorithm: Literal["CRC32", "CRC32_C", "SHA1", "SHA256", "CRC64_NVME"] | None = None
    """Kind of the checksum that is sent along and stored."""
    object_lock_mode: Literal["GOVERNANCE", "COMPLIANCE"] | None = None
    """How the object is locked."""
    object_lock_legal_hold_status: Literal["ON", "OFF"] | None = None
    """Whether the object is held."""
    object_lock_retain_until_date: Text | None = None
    """Until when the object is locked, as a date."""
    tagging: StringMap | None = None
    """Tags."""
    concurrent_uploads: Annotated[int, Field(ge=1)] = 50
    """How many files are written at the same time; no more than 8 are."""

    def run(self, ctx: RunContext) -> UploadOutput:
        """Write the objects."""
        files, extra = files_of(self.source), self._extra()
        with self.client(ctx, f"Upload to s3://{self.bucket}/{self.key}") as client:
            if len(files) == 1:
                info = self._send(ctx, client, next(iter(files.values())), self.key, extra)
                return UploadOutput(
                    bucket=self.bucket, key=self.key, e_tag=info.e_tag, version_id=info.version_id
                )
            written = self._send_all(ctx, client, files, extra)
        return UploadOutput(bucket=self.bucket, key=self.key, files=written)

    def _send_all(
        self, ctx: RunContext, client: Any, files: Mapping[str, str], extra: dict[str, Any]
    ) -> dict[str, FileInfo]:
        folder = self.key.rstrip("/")
        with ThreadPoolExecutor(min(self.concurrent_uploads, _AT_ONCE, len(files))) as pool:
            sent = {
                name: pool.submit(self._send, ctx, client, uri, f"{folder}/{name}".lstrip("/"), extra)
                for name, uri in files.items()
            }
            try:
                return {name: future.result() for name, future in sent.items()}
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _send(self, ctx: RunContext, client: Any, uri: str, key: str, extra: dict[str, Any]) -> FileInfo:
        size = ctx.size(uri)
        with ctx.open(uri) as file:
            config = transfer_config()
            client.upload_fileobj(Stoppable(file, ctx), self.bucket, key, ExtraArgs=extra, Config=config)
        head = client.head_object(**self.common(), Key=key)
        ctx.metric("file.count", 1)
        ctx.metric("file.size", size)
        return FileInfo(e_tag=head.get("ETag"), version_id=head.get("VersionId"), content_length=size)

    def _extra(self) -> dict[str, Any]:
        """Return the settings of the new objects as S3 names them."""
        encryption = "aws:kms" if self.server_side_encryption == "AWS_KMS" else self.server_side_encryption
        found = {
            "Metadata": self.metadata,
            "CacheControl": self.cache_control,
            "ContentType": self.content_type,
            "ContentEncoding": self.content_encoding,
            "ContentDisposition": self.content_disposition,
            "ContentLanguage": self.content_language,
            "Expires": self.expires,
            "ACL": self.acl,
            "StorageClass": self.storage_class,
            "ServerSideEncryption": encryption,
            "BucketKeyEnabled": self.bucket_key_enabled,
            "ChecksumAlgorithm": (self.checksum_algorithm or "").replace("_", "") or None,
            "ObjectLockMode": self.object_lock_mode,
            "ObjectLockLegalHoldStatus": self.object_lock_legal_hold_status,
            "ObjectLockRetainUntilDate": self.object_lock_retain_until_date,
            "Tagging": urlencode(self.tagging) if self.tagging else None,
            "RequestPayer": self.request_payer,
            "ExpectedBucketOwner": self.expected_bucket_owner,
        }
        return {name: value for name, value in found.items() if value is not None}
