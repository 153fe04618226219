"""Datasets: their settings as properties, and what is told of them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.plugin import STATIC, Output, Part, StringMap, Text
from engine.plugins.gcp._google import google
from engine.plugins.gcp.bigquery._job import BigQueryProperties, dataset_id, given

_ENTITIES = {
    "USER": "userByEmail",
    "GROUP": "groupByEmail",
    "DOMAIN": "domain",
    "IAM_MEMBER": "iamMember",
    "SPECIAL_GROUP": "specialGroup",
}
_CHANGED = {
    "description": "description",
    "friendlyName": "friendly_name",
    "labels": "labels",
    "access": "access_entries",
    "defaultTableExpirationMs": "default_table_expiration_ms",
    "defaultPartitionExpirationMs": "default_partition_expiration_ms",
    "defaultEncryptionConfiguration": "default_encryption_configuration",
}


class Entity(Part):
    """Somebody."""

    type: Literal["USER", "GROUP", "DOMAIN", "IAM_MEMBER", "SPECIAL_GROUP"]
    """What kind of name `value` is."""
    value: Text
    """The name: an e-mail address, a domain, a group."""


class AccessControl(Part):
    """Who may do what."""

    entity: Entity
    """Who."""
    role: Literal["READER", "WRITER", "OWNER"]
    """What."""


class Encryption(Part):
    """How data is encrypted."""

    kms_key_name: Text
    """Name of the key."""


class DatasetOutput(Output):
    """A dataset."""

    dataset: str
    """Its name."""
    project: str
    """Its project."""
    friendly_name: str | None = None
    """Its name for people."""
    description: str | None = None
    """What it is for."""
    location: str | None = None
    """Where its data is."""

    @classmethod
    def of(cls, dataset: Any) -> DatasetOutput:
        """Return what is told of a dataset of the client."""
        return cls(
            dataset=dataset.dataset_id,
            project=dataset.project,
            friendly_name=dataset.friendly_name,
            description=dataset.description,
            location=dataset.location,
        )


class DatasetProperties(BigQueryProperties):
    """A dataset and its settings; what is left out stays as it is, or as BigQuery has it."""

    abstract: ClassVar[bool] = True

    name: Text
    """Name of the dataset: `dataset` or `project.dataset`."""
    description: Text | None = None
    """What the dataset is for."""
    friendly_name: Text | None = None
    """Its name for people."""
    labels: StringMap | None = None
    """Labels."""
    acl: Annotated[list[AccessControl] | None, STATIC] = None
    """Who may do what."""
    default_table_lifetime: Annotated[int | None, Field(ge=3_600_000)] = None
    """Milliseconds after which a new table is deleted; at least an hour."""
    default_partition_expiration_ms: Annotated[int | None, Field(ge=0)] = None
    """Milliseconds after which a partition of a new table is deleted."""
    default_encryption_configuration: Annotated[Encryption | None, STATIC] = None
    """How new tables are encrypted."""

    def resource(self, client: Any) -> dict[str, Any]:
        """Return the dataset as the service takes it."""
        acl, encryption = self.acl, self.default_encryption_configuration
        resource = {
            "datasetReference": dataset_id(self.name, "name", client),
            "location": self.location,
            "description": self.description,
            "friendlyName": self.friendly_name,
            "labels": self.labels,
            "access": None if acl is None else [_access(entry) for entry in acl],
            "defaultTableExpirationMs": _text(self.default_table_lifetime),
            "defaultPartitionExpirationMs": _text(self.default_partition_expiration_ms),
            "defaultEncryptionConfiguration": encryption and {"kmsKeyName": encryption.kms_key_name},
        }
        return given(resource)

    def updated(self, client: Any) -> Any:
        """Change the dataset and return it."""
        resource = self.resource(client)
        fields = [_CHANGED[name] for name in resource if name in _CHANGED]
        dataset = google("google.cloud.bigquery").Dataset.from_api_repr(resource)
        return client.update_dataset(dataset, fields)


def _access(entry: AccessControl) -> dict[str, str]:
    return {"role": entry.role, _ENTITIES[entry.entity.type]: entry.entity.value}


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)
