"""What a table is made of: columns, layout, view or files; and all of it as the service takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Part, Text
from engine.plugins.gcp.bigquery._job import given


class FieldDefinition(Part):
    """A column."""

    name: Text
    """Its name."""
    type: Text
    """Its type, like STRING, INT64, NUMERIC, TIMESTAMP, STRUCT."""
    mode: Literal["NULLABLE", "REQUIRED", "REPEATED"] = "NULLABLE"
    """Whether it may be NULL, must have a value, or holds a list."""
    description: Text | None = None
    """What it means."""
    sub_fields: list[FieldDefinition] = []
    """The fields of a STRUCT."""


class TableSchema(Part):
    """The columns of a table."""

    fields: list[FieldDefinition] = []
    """The columns."""


class Clustering(Part):
    """How rows are kept together."""

    fields: list[Text]
    """The columns whose values belong together."""


class TimePartitioning(Part):
    """Partitions by time."""

    type: Literal["DAY", "HOUR", "MONTH", "YEAR"] = "DAY"
    """Length of a partition."""
    field: Text | None = None
    """Column of dates or times; when a row arrives if left out."""
    expiration_ms: int | None = None
    """Milliseconds after which a partition is deleted."""


class Range(Part):
    """Whole numbers."""

    start: int
    """First number of the first partition."""
    end: int
    """Number after that of the last partition."""
    interval: int
    """Numbers in a partition."""


class RangePartitioning(Part):
    """Partitions by whole numbers."""

    field: Text
    """The column."""
    range: Range
    """The partitions."""


class StandardDefinition(Part):
    """How a table is laid out."""

    clustering: Clustering | None = None
    """How rows are kept together."""
    time_partitioning: TimePartitioning | None = None
    """Partitions by time."""
    range_partitioning: RangePartitioning | None = None
    """Partitions by whole numbers."""


class ViewDefinition(Part):
    """A view."""

    query: Text
    """Its SQL."""


class ExternalDefinition(Part):
    """A table whose rows are in files of Google Cloud Storage."""

    source_uris: list[Text]
    """The files: `gs://…`, with `*` for many."""
    format_type: Literal["CSV", "JSON", "PARQUET"] = "CSV"
    """Their format; JSON has one object a line."""
    autodetect: bool | None = None
    """Whether the columns are found out from the files."""
    skip_leading_rows: int | None = None
    """CSV: lines to leave out at the beginning."""
    field_delimiter: Text | None = None
    """CSV: what separates the fields."""


class TableDefinition(Part):
    """What a table is made of."""

    type: Literal["TABLE", "VIEW", "EXTERNAL"] = "TABLE"
    """A table of its own, a view, or files of Google Cloud Storage."""
    schema_: Annotated[TableSchema | None, Field(alias="schema")] = None
    """Its columns."""
    standard_table_definition: StandardDefinition | None = None
    """How a TABLE is laid out."""
    view_definition: ViewDefinition | None = None
    """What a VIEW shows."""
    external_table_definition: ExternalDefinition | None = None
    """Where the rows of an EXTERNAL table are."""


def defined(definition: TableDefinition) -> dict[str, Any]:
    """Return the part of a table that says what it is made of; raises TaskFailure."""
    found: dict[str, Any] = {}
    if definition.schema_ is not None:
        found["schema"] = {"fields": _columns(definition.schema_.fields)}
    layout = definition.standard_table_definition
    if layout is not None:
        found.update(given(_layout(layout)))
    if definition.type == "VIEW":
        if definition.view_definition is None:
            raise TaskFailure("tableDefinition.viewDefinition: missing; a VIEW needs its query")
        found["view"] = {"query": definition.view_definition.query, "useLegacySql": False}
    if definition.type == "EXTERNAL":
        if definition.external_table_definition is None:
            raise TaskFailure(
                "tableDefinition.externalTableDefinition: missing; an EXTERNAL table needs files"
            )
        found["externalDataConfiguration"] = _external(definition.external_table_definition)
    return found


def _layout(layout: StandardDefinition) -> dict[str, Any]:
    time, numbers = layout.time_partitioning, layout.range_partitioning
    return {
        "clustering": layout.clustering and {"fields": layout.clustering.fields},
        "timePartitioning": time
        and given(
            {
                "type": time.type,
                "field": time.field,
                "expirationMs": None if time.expiration_ms is None else str(time.expiration_ms),
            }
        ),
        "rangePartitioning": numbers
        and {
            "field": numbers.field,
            "range": {name: str(value) for name, value in numbers.range.model_dump().items()},
        },
    }


def _external(given_: ExternalDefinition) -> dict[str, Any]:
    formats = {"CSV": "CSV", "JSON": "NEWLINE_DELIMITED_JSON", "PARQUET": "PARQUET"}
    found: dict[str, Any] = {
        "sourceUris": given_.source_uris,
        "sourceFormat": formats[given_.format_type],
        "autodetect": given_.autodetect,
    }
    if given_.format_type == "CSV":
        found["csvOptions"] = given(
            {"skipLeadingRows": given_.skip_leading_rows, "fieldDelimiter": given_.field_delimiter}
        )
    return given(found)


def _columns(fields: Sequence[FieldDefinition]) -> list[dict[str, Any]]:
    return [
        given(
            {
                "name": field.name,
                "type": field.type,
                "mode": field.mode,
                "description": field.description,
                "fields": _columns(field.sub_fields) or None,
            }
        )
        for field in fields
    ]
