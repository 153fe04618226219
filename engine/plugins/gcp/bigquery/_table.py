"""Tables: their definition as properties, and what is told of them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from engine.model.moment import to_text
from engine.plugin import STATIC, Duration, Output, RunContext, StringMap, Text
from engine.plugins.gcp._google import google
from engine.plugins.gcp.bigquery._dataset import Encryption
from engine.plugins.gcp.bigquery._definition import TableDefinition, defined
from engine.plugins.gcp.bigquery._job import BigQueryProperties, given

_CHANGED = {
    "description": "description",
    "friendlyName": "friendly_name",
    "labels": "labels",
    "schema": "schema",
    "expirationTime": "expires",
    "view": "view_query",
    "requirePartitionFilter": "require_partition_filter",
    "encryptionConfiguration": "encryption_configuration",
    "clustering": "clustering_fields",
    "externalDataConfiguration": "external_data_configuration",
}


class TableOutput(Output):
    """A table."""

    project_id: str
    """Its project."""
    dataset_id: str
    """Its dataset."""
    table: str
    """Its name."""
    type: str | None = None
    """TABLE, VIEW or EXTERNAL."""
    etag: str | None = None
    """Entity tag."""
    friendly_name: str | None = None
    """Its name for people."""
    description: str | None = None
    """What it is for."""
    labels: dict[str, str] | None = None
    """Labels."""
    location: str | None = None
    """Where its data is."""
    num_rows: int | None = None
    """Number of rows."""
    num_bytes: int | None = None
    """Number of bytes."""
    creation_time: str | None = None
    """When it was made."""
    expiration_time: str | None = None
    """When it is deleted."""
    last_modified_time: str | None = None
    """When it was last changed."""
    definition: dict[str, Any] = {}
    """`type` and `schema`, a list of columns."""

    @classmethod
    def of(cls, table: Any) -> TableOutput:
        """Return what is told of a table of the client."""
        columns = [field.to_api_repr() for field in table.schema]
        return cls(
            project_id=table.project,
            dataset_id=table.dataset_id,
            table=table.table_id,
            type=table.table_type,
            etag=table.etag,
            friendly_name=table.friendly_name,
            description=table.description,
            labels=dict(table.labels),
            location=table.location,
            num_rows=table.num_rows,
            num_bytes=table.num_bytes,
            creation_time=_moment(table.created),
            expiration_time=_moment(table.expires),
            last_modified_time=_moment(table.modified),
            definition={"type": table.table_type, "schema": columns},
        )


class TableName(BigQueryProperties):
    """Which table is meant."""

    abstract: ClassVar[bool] = True

    dataset: Text
    """Its dataset."""
    table: Text
    """Its name."""

    @property
    def shown(self) -> str:
        """The name for messages."""
        return f"{self.dataset}.{self.table}"

    def reference(self, client: Any) -> dict[str, str]:
        """Return the table as the service takes it."""
        return {"projectId": client.project, "datasetId": self.dataset, "tableId": self.table}


class TableProperties(TableName):
    """A table and its settings; what is left out stays as it is, or as BigQuery has it."""

    abstract: ClassVar[bool] = True

    table_definition: Annotated[TableDefinition | None, STATIC] = None
    """What the table is made of."""
    friendly_name: Text | None = None
    """Its name for people."""
    description: Text | None = None
    """What the table is for."""
    labels: StringMap | None = None
    """Labels."""
    require_partition_filter: bool | None = None
    """Whether queries must say which partitions they read."""
    encryption_configuration: Annotated[Encryption | None, STATIC] = None
    """How the table is encrypted."""
    expiration_duration: Duration | None = None
    """After which time the table is deleted."""

    def resource(self, ctx: RunContext, client: Any) -> dict[str, Any]:
        """Return the table as the service takes it."""
        encryption, lifetime = self.encryption_configuration, self.expiration_duration
        expires = None if lifetime is None else str(int((ctx.clock() + lifetime).timestamp() * 1000))
        resource = {
            "tableReference": self.reference(client),
            "friendlyName": self.friendly_name,
            "description": self.description,
            "labels": self.labels,
            "requirePartitionFilter": self.require_partition_filter,
            "encryptionConfiguration": encryption and {"kmsKeyName": encryption.kms_key_name},
            "expirationTime": expires,
        }
        return {**given(resource), **defined(self.table_definition or TableDefinition())}

    def changed(self, ctx: RunContext, client: Any) -> Any:
        """Change the table and return it."""
        resource = self.resource(ctx, client)
        table = google("google.cloud.bigquery").Table.from_api_repr(resource)
        return client.update_table(table, [_CHANGED[name] for name in resource if name in _CHANGED])


def _moment(value: Any) -> str | None:
    return to_text(value) if value else None
