"""`io.kestra.plugin.gcp.bigquery.ExtractToGcs`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from engine.plugin import Example, Output, RunContext, StringMap, Task, Text
from engine.plugins.gcp._google import google
from engine.plugins.gcp.bigquery._job import BigQueryProperties, TableId, given, job_labels, table_reference
from engine.plugins.gcp.bigquery._load import FORMATS


class ExtractToGcsOutput(Output):
    """What was written."""

    job_id: str
    """The job's id in BigQuery."""
    source_table: TableId | None = None
    """The table."""
    destination_uris: list[str] = []
    """Where the files were to go."""
    file_counts: list[int] = []
    """Number of files for each address."""


class ExtractToGcs(BigQueryProperties, Task):
    """Writes a table of BigQuery into files of Google Cloud Storage."""

    gives: ClassVar[type[Output]] = ExtractToGcsOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Write a table as packed CSV",
            """\
id: bigquery_extract
namespace: company.team

tasks:
  - id: extract
    type: io.kestra.plugin.gcp.bigquery.ExtractToGcs
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    sourceTable: taxi.trips
    destinationUris:
      - gs://my-bucket/export/trips.csv.gz
    format: CSV
    compression: GZIP
    printHeader: true
""",
        ),
    )

    source_table: Text
    """The table: `dataset.table` or `project.dataset.table`."""
    destination_uris: Annotated[list[Text], Field(min_length=1)]
    """Where the files go: `gs://bucket/path`; a `*` becomes the number of the file, for large tables."""
    format: Literal["CSV", "JSON", "AVRO", "PARQUET"] = "CSV"
    """Format of the files; JSON has one object a line."""
    compression: Literal["NONE", "GZIP", "SNAPPY", "ZSTD", "DEFLATE"] | None = None
    """How the files are packed."""
    field_delimiter: Text | None = None
    """CSV: what separates the fields; a comma when left out."""
    print_header: bool | None = None
    """CSV: whether the first line names the columns; by default it does."""
    use_avro_logical_types: bool | None = None
    """Avro: whether dates and decimals are written as such."""
    job_timeout_ms: int | None = None
    """BigQuery stops the job after these milliseconds."""
    labels: StringMap | None = None
    """Labels of the job, besides `namespace`, `flow` and `execution`."""

    def run(self, ctx: RunContext) -> ExtractToGcsOutput:
        """Write the files."""
        with self.opened(ctx, f"Extracting {self.source_table}") as client:
            table, config = table_reference(self.source_table, "sourceTable", client), self._config(ctx)
            job = self.finished(
                ctx,
                lambda: client.extract_table(table, self.destination_uris, job_config=config),
                lambda job: job.result(),
            )
            counts = list(job.destination_uri_file_counts or [])
        ctx.metric("output.file_counts", sum(counts))
        return ExtractToGcsOutput(
            job_id=job.job_id,
            source_table=TableId.of(table),
            destination_uris=self.destination_uris,
            file_counts=counts,
        )

    def _config(self, ctx: RunContext) -> Any:
        timeout = None if self.job_timeout_ms is None else str(self.job_timeout_ms)
        extract = {
            "destinationFormat": FORMATS[self.format],
            "compression": self.compression,
            "fieldDelimiter": self.field_delimiter,
            "printHeader": self.print_header,
            "useAvroLogicalTypes": self.use_avro_logical_types,
        }
        settings = {"labels": job_labels(ctx, self.labels), "jobTimeoutMs": timeout}
        job_config = google("google.cloud.bigquery").ExtractJobConfig
        return job_config.from_api_repr({"extract": given(extract), **given(settings)})
