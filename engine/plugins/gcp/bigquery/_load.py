"""Loading files into a table: their format, and the columns they have."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from engine.errors import TaskFailure
from engine.plugin import STATIC, Output, Part, RunContext, Text
from engine.plugins.gcp._google import google
from engine.plugins.gcp.bigquery._destination import DestinationProperties
from engine.plugins.gcp.bigquery._job import TableId, given, job_labels, table_id

FORMATS = {
    "CSV": "CSV",
    "JSON": "NEWLINE_DELIMITED_JSON",
    "AVRO": "AVRO",
    "PARQUET": "PARQUET",
    "ORC": "ORC",
}


class CsvOptions(Part):
    """What CSV files look like."""

    field_delimiter: Text | None = None
    """What separates the fields; a comma when left out."""
    skip_leading_rows: int | None = None
    """Lines to leave out at the beginning, 1 for a header."""
    quote: Text | None = None
    """What stands around texts; `"` when left out."""
    encoding: Text | None = None
    """Encoding of the text; UTF-8 when left out."""
    allow_jagged_rows: bool | None = None
    """Whether fields may be missing at the end of a line; they are NULL."""
    allow_quoted_new_lines: bool | None = None
    """Whether a text in quotes may go over several lines."""


class AvroOptions(Part):
    """What Avro files look like."""

    use_avro_logical_types: bool = False
    """Whether dates and decimals become dates and decimals."""


class LoadOutput(Output):
    """What was loaded."""

    job_id: str | None = None
    """The job's id in BigQuery."""
    destination_table: TableId | None = None
    """The table."""
    rows: int = 0
    """Number of rows that were added."""


class LoadProperties(DestinationProperties):
    """Files and the table they go to."""

    abstract: ClassVar[bool] = True

    format: Annotated[Literal["CSV", "JSON", "AVRO", "PARQUET", "ORC"] | None, STATIC] = None
    """Format of the files; JSON has one object a line."""
    csv_options: Annotated[CsvOptions | None, STATIC] = None
    """What CSV files look like; required for CSV."""
    avro_options: Annotated[AvroOptions | None, STATIC] = None
    """What Avro files look like."""
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema")] = None
    """The columns as BigQuery writes them: `fields`, a list of `name`, `type` and `mode`."""
    autodetect: bool | None = None
    """Whether the columns are found out from the files."""
    ignore_unknown_values: bool | None = None
    """Whether values without a column are left out instead of being errors."""
    max_bad_records: int | None = None
    """How many wrong rows are left out before the job fails."""
    failed_on_empty: bool = True
    """Whether loading nothing is a failure."""

    @model_validator(mode="after")
    def _complete(self) -> LoadProperties:
        if self.format == "CSV" and self.csv_options is None:
            raise ValueError("`format: CSV` needs `csvOptions`, for example `skipLeadingRows: 1`")
        return self

    def config(self, ctx: RunContext) -> Any:
        """Return the settings of the job as the client takes them."""
        load: dict[str, Any] = {
            **self.destination(),
            "sourceFormat": None if self.format is None else FORMATS[self.format],
            "schema": self.schema_,
            "autodetect": self.autodetect,
            "ignoreUnknownValues": self.ignore_unknown_values,
            "maxBadRecords": self.max_bad_records,
        }
        if self.avro_options is not None:
            load["useAvroLogicalTypes"] = self.avro_options.use_avro_logical_types
        if self.csv_options is not None:
            csv = self.csv_options
            load |= {
                "fieldDelimiter": csv.field_delimiter,
                "skipLeadingRows": None if csv.skip_leading_rows is None else str(csv.skip_leading_rows),
                "quote": csv.quote,
                "encoding": csv.encoding,
                "allowJaggedRows": csv.allow_jagged_rows,
                "allowQuotedNewlines": csv.allow_quoted_new_lines,
            }
        settings = {"load": given(load), "labels": job_labels(ctx)}
        return google("google.cloud.bigquery").LoadJobConfig.from_api_repr(settings)

    def target(self, client: Any) -> Any:
        """Return the table as the client takes it; raises TaskFailure."""
        if self.destination_table is None:
            raise TaskFailure("destinationTable: missing; write it like dataset.table")
        found = table_id(self.destination_table, "destinationTable", client)
        return google("google.cloud.bigquery").TableReference.from_api_repr(found)

    def loaded(self, ctx: RunContext, job: Any) -> LoadOutput:
        """Return the outputs of a job that has ended; raises TaskFailure when nothing was loaded."""
        rows = job.output_rows or 0
        if not rows and self.failed_on_empty:
            raise TaskFailure("No row was loaded; to accept that set `failedOnEmpty: false`")
        ctx.metric("output.rows", rows)
        if job.input_file_bytes is not None:
            ctx.metric("input.bytes", job.input_file_bytes)
        return LoadOutput(job_id=job.job_id, destination_table=TableId.of(job.destination), rows=rows)
