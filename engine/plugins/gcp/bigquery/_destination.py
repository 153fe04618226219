"""The table a job writes: which one, what becomes of what is in it, how it is laid out."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from engine.plugin import Text
from engine.plugins.gcp.bigquery._job import BigQueryProperties

WriteDisposition = Literal["WRITE_TRUNCATE", "WRITE_APPEND", "WRITE_EMPTY"]
CreateDisposition = Literal["CREATE_IF_NEEDED", "CREATE_NEVER"]
PartitionType = Literal["DAY", "HOUR", "MONTH", "YEAR"]


class DestinationProperties(BigQueryProperties):
    """Where a job writes its rows."""

    abstract: ClassVar[bool] = True

    destination_table: Text | None = None
    """The table to write: `dataset.table` or `project.dataset.table`."""
    write_disposition: WriteDisposition | None = None
    """What becomes of rows that are in the table: `WRITE_TRUNCATE` replaces them, `WRITE_APPEND` adds to
    them, `WRITE_EMPTY` fails when there are some."""
    create_disposition: CreateDisposition | None = None
    """Whether the table is made when it does not exist, or must exist."""
    schema_update_options: list[Literal["ALLOW_FIELD_ADDITION", "ALLOW_FIELD_RELAXATION"]] | None = None
    """How the columns of the table may change: new ones, and required ones becoming nullable."""
    clustering_fields: list[Text] | None = None
    """Columns by which rows are kept together."""
    time_partitioning_field: Text | None = None
    """Column of dates or times by which the table is partitioned."""
    time_partitioning_type: PartitionType = "DAY"
    """Length of a partition, with `timePartitioningField`."""

    def destination(self) -> dict[str, Any]:
        """Return the settings as the service takes them; the table itself not included."""
        settings: dict[str, Any] = {
            "writeDisposition": self.write_disposition,
            "createDisposition": self.create_disposition,
            "schemaUpdateOptions": self.schema_update_options,
        }
        if self.clustering_fields:
            settings["clustering"] = {"fields": self.clustering_fields}
        if self.time_partitioning_field:
            partitions = {"type": self.time_partitioning_type, "field": self.time_partitioning_field}
            settings["timePartitioning"] = partitions
        return settings
