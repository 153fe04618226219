"""Buckets: their settings as properties, and what is told of them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.plugin import STATIC, Output, Part, StringMap, Text
from engine.plugins.gcp.gcs._object import GcsProperties

StorageClass = Literal[
    "REGIONAL",
    "MULTI_REGIONAL",
    "NEARLINE",
    "COLDLINE",
    "STANDARD",
    "ARCHIVE",
    "DURABLE_REDUCED_AVAILABILITY",
]


class Condition(Part):
    """When a lifecycle rule applies."""

    age: Annotated[int, Field(ge=0)]
    """Days since the object was made."""


class LifecycleAction(Part):
    """What a lifecycle rule does."""

    type: Literal["DELETE", "SET_STORAGE_CLASS"]
    """Delete the object, or put it into another storage class."""
    value: StorageClass | None = None
    """The storage class, for `SET_STORAGE_CLASS`."""


class LifecycleRule(Part):
    """What happens to objects as time passes."""

    condition: Condition
    """When it happens."""
    action: LifecycleAction
    """What happens."""


class Cors(Part):
    """Which web pages of other sites may use the objects."""

    origins: list[Text] = []
    """Sites, like `https://example.com`."""
    methods: list[Text] = []
    """HTTP methods."""
    response_headers: list[Text] = []
    """Headers those pages may read."""
    max_age_seconds: int | None = None
    """How long browsers may remember the permission."""


class IamConfiguration(Part):
    """How access is decided."""

    uniform_bucket_level_access_enabled: bool | None = None
    """Whether only the bucket's permissions count and those of single objects do not."""
    public_access_prevention: Literal["ENFORCED", "INHERITED"] | None = None
    """Whether the bucket can be opened to everybody."""


class Logging(Part):
    """Where accesses are logged."""

    log_bucket: Text
    """Bucket of the logs."""
    log_object_prefix: Text | None = None
    """Beginning of the names of the logs."""


class BucketInfo(Output):
    """A bucket."""

    name: str
    """Its name."""
    uri: str
    """Its address: `gs://bucket`."""
    location: str | None = None
    """Where its data is."""
    index_page: str | None = None
    """The object shown for folders of a web site."""
    not_found_page: str | None = None
    """The object shown for missing pages of a web site."""

    @classmethod
    def of(cls, bucket: Any) -> BucketInfo:
        """Return what is told of a bucket of the client."""
        site = bucket._properties.get("website") or {}  # the client can set it, but has no way to read it
        return cls(
            name=bucket.name,
            uri=f"gs://{bucket.name}",
            location=bucket.location,
            index_page=site.get("mainPageSuffix"),
            not_found_page=site.get("notFoundPage"),
        )


class BucketOutput(Output):
    """What became of the bucket."""

    bucket: BucketInfo
    """The bucket."""
    created: bool = False
    """Whether it is new."""
    updated: bool = False
    """Whether its settings were changed."""


class BucketProperties(GcsProperties):
    """A bucket and its settings; what is left out stays as it is, or as Google Cloud has it."""

    abstract: ClassVar[bool] = True

    name: Text
    """Name of the bucket; no two buckets in the world have the same."""
    location: Text | None = None
    """Where the data is: a region like `europe-west1`, or `EU` or `US`. It cannot be changed later."""
    storage_class: StorageClass | None = None
    """Storage class of new objects."""
    labels: StringMap | None = None
    """Labels."""
    versioning_enabled: bool | None = None
    """Whether older versions of objects are kept."""
    requester_pays: bool | None = None
    """Whether those who read the objects pay for it."""
    index_page: Text | None = None
    """The object shown for folders, when the bucket is a web site."""
    not_found_page: Text | None = None
    """The object shown for missing pages, when the bucket is a web site."""
    lifecycle_rules: Annotated[list[LifecycleRule] | None, STATIC] = None
    """What happens to objects as time passes."""
    cors: Annotated[list[Cors] | None, STATIC] = None
    """Which web pages of other sites may use the objects."""
    default_kms_key_name: Text | None = None
    """The key that encrypts new objects."""
    default_event_based_hold: bool | None = None
    """Whether new objects cannot be deleted until their hold is lifted."""
    retention_period: int | None = None
    """Seconds during which an object cannot be deleted or replaced."""
    iam_configuration: Annotated[IamConfiguration | None, STATIC] = None
    """How access is decided."""
    logging: Annotated[Logging | None, STATIC] = None
    """Where accesses are logged."""

    def apply(self, bucket: Any) -> None:
        """Put the settings that are given onto a bucket of the client; it sends them later."""
        for name in (
            "storage_class",
            "labels",
            "versioning_enabled",
            "requester_pays",
            "default_kms_key_name",
            "default_event_based_hold",
            "retention_period",
        ):
            if getattr(self, name) is not None:
                setattr(bucket, name, getattr(self, name))
        if self.index_page is not None or self.not_found_page is not None:
            bucket.configure_website(self.index_page, self.not_found_page)
        if self.lifecycle_rules is not None:
            bucket.lifecycle_rules = [_lifecycle(rule) for rule in self.lifecycle_rules]
        if self.cors is not None:
            bucket.cors = [_cors(rule) for rule in self.cors]
        if self.logging is not None:
            bucket.enable_logging(self.logging.log_bucket, self.logging.log_object_prefix or "")
        self._apply_access(bucket)

    def _apply_access(self, bucket: Any) -> None:
        if self.iam_configuration is None:
            return
        access, given = bucket.iam_configuration, self.iam_configuration
        if given.uniform_bucket_level_access_enabled is not None:
            access.uniform_bucket_level_access_enabled = given.uniform_bucket_level_access_enabled
        if given.public_access_prevention is not None:
            access.public_access_prevention = given.public_access_prevention.lower()


def _lifecycle(rule: LifecycleRule) -> dict[str, Any]:
    action: dict[str, Any] = {"type": "Delete"}
    if rule.action.type == "SET_STORAGE_CLASS":
        action = {"type": "SetStorageClass", "storageClass": rule.action.value}
    return {"action": action, "condition": {"age": rule.condition.age}}


def _cors(rule: Cors) -> dict[str, Any]:
    found = {
        "origin": rule.origins,
        "method": rule.methods,
        "responseHeader": rule.response_headers,
        "maxAgeSeconds": rule.max_age_seconds,
    }
    return {name: value for name, value in found.items() if value}
