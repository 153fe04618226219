"""Finding objects: by the beginning of their names and by a pattern, and what is done with them then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Part, RunContext, Text
from engine.plugins._transfer import matcher
from engine.plugins.aws.s3._object import BucketProperties, S3Object, copy

Filter = Literal["FILES", "DIRECTORY", "BOTH"]
Action = Literal["MOVE", "DELETE", "NONE"]
_PAGE = 1000
_DELETED_AT_ONCE = 1000


class Target(Part):
    """A place for an object."""

    bucket: Text | None = None
    """Name of the bucket; by default that of the source."""
    key: Text | None = None
    """Name in the bucket."""
    server_side_encryption: Literal["NONE", "AES256", "AWS_KMS"] | None = None
    """How the new object is encrypted."""
    kms_key_id: Text | None = None
    """The key of KMS, with `AWS_KMS`."""

    def encryption(self) -> dict[str, str]:
        """Return the parameters of encryption; raises TaskFailure for a key without its kind."""
        if self.kms_key_id and self.server_side_encryption != "AWS_KMS":
            raise TaskFailure("kmsKeyId: goes only with `serverSideEncryption: AWS_KMS`")
        if self.server_side_encryption in (None, "NONE"):
            return {}
        if self.server_side_encryption == "AES256":
            return {"ServerSideEncryption": "AES256"}
        return {
            "ServerSideEncryption": "aws:kms",
            **({"SSEKMSKeyId": self.kms_key_id} if self.kms_key_id else {}),
        }


class ListingProperties(BucketProperties):
    """Which objects are meant."""

    abstract: ClassVar[bool] = True

    prefix: Text | None = None
    """Beginning of the names, like `incoming/`."""
    delimiter: Text | None = None
    """With `/`, names that have a `/` after the prefix are left out: only one level is listed."""
    marker: Text | None = None
    """Only names after this one, in alphabetical order."""
    encoding_type: Literal["url"] | None = None
    """`url` lets the store pack names for the way; they arrive unpacked either way."""
    max_keys: Annotated[int, Field(ge=1)] = 1000
    """How many objects are looked at, at most."""
    regexp: Text | None = None
    """A regular expression that must match the whole name."""
    filter: Filter = "BOTH"
    """Which names count: `FILES`, `DIRECTORY` (they end with `/`), or `BOTH`."""

    def find(self, ctx: RunContext, client: Any) -> list[S3Object]:
        """Return the objects by name; raises TaskFailure for a wrong pattern."""
        matches = matcher("regexp", self.regexp)
        asked = {"Prefix": self.prefix, "Delimiter": self.delimiter, "StartAfter": self.marker}
        paging = {"MaxItems": self.max_keys + 1, "PageSize": min(self.max_keys + 1, _PAGE)}
        pages = client.get_paginator("list_objects_v2").paginate(
            **self.common(),
            **{name: value for name, value in asked.items() if value},
            PaginationConfig=paging,
        )
        listed = [S3Object.of(entry) for page in pages for entry in page.get("Contents", [])]
        if len(listed) > self.max_keys:
            ctx.warn(f"The bucket holds more objects than `maxKeys` ({self.max_keys}) lets be looked at")
        return [
            item
            for item in listed[: self.max_keys]
            if self.filter == "BOTH" or item.key.endswith("/") == (self.filter == "DIRECTORY")
            if matches(item.key)
        ]

    @property
    def place(self) -> str:
        """The address that is searched."""
        return f"s3://{self.bucket}/{self.prefix or ''}"


class CollectProperties(ListingProperties):
    """Which objects are fetched, and what becomes of them in the bucket."""

    abstract: ClassVar[bool] = True

    max_files: Annotated[int, Field(ge=1)] = 25
    """How many objects are taken at most."""
    action: Action = "NONE"
    """What becomes of them in the bucket: `DELETE` removes them, `MOVE` puts them at `moveTo`."""
    move_to: Target | None = None
    """Where `MOVE` puts them: `key` is the folder, `bucket` by default the same."""

    def settled(self) -> Callable[[Any, str], None]:
        """Return the function that does `action` on a name; raises TaskFailure when it lacks a place."""
        if self.action == "NONE":
            return lambda client, key: None
        if self.action == "DELETE":
            return lambda client, key: client.delete_object(**self.common(), Key=key)
        target = self.move_to
        if target is None or (target.key is None and target.bucket is None):
            raise TaskFailure("moveTo: missing; `action: MOVE` needs it, like {bucket: my-bucket, key: done}")
        bucket, folder, extra = (
            target.bucket or self.bucket,
            (target.key or "").strip("/"),
            target.encryption(),
        )

        def move(client: Any, key: str) -> None:
            new = "/".join(filter(None, (folder, key.rpartition("/")[2])))
            if (bucket, new) == (self.bucket, key):
                raise TaskFailure(f"moveTo: s3://{bucket}/{new} is where the object is; it would be lost")
            copy(client, {"Bucket": self.bucket, "Key": key}, bucket, new, extra)
            client.delete_object(**self.common(), Key=key)

        return move


def cut(ctx: RunContext, found: list[Any], most: int) -> list[Any]:
    """Return at most so many objects, and warn when there are more."""
    if len(found) > most:
        ctx.warn(f"{len(found)} objects were found, more than `maxFiles` allows; only {most} are taken")
    return found[:most]


def delete_all(client: Any, common: dict[str, Any], keys: list[str]) -> list[str]:
    """Delete many objects, a thousand with each request; return what could not be deleted and why."""
    failed: list[str] = []
    for start in range(0, len(keys), _DELETED_AT_ONCE):
        names = [{"Key": key} for key in keys[start : start + _DELETED_AT_ONCE]]
        answer = client.delete_objects(**common, Delete={"Objects": names, "Quiet": True})
        failed += [f"{item['Key']}: {item.get('Message', '')}" for item in answer.get("Errors", [])]
    return failed
