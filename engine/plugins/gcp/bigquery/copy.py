"""`io.kestra.plugin.gcp.bigquery.Copy`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from engine.plugin import Example, Output, RunContext, StringMap, Task, Text
from engine.plugins.gcp._google import google
from engine.plugins.gcp.bigquery._destination import CreateDisposition, WriteDisposition
from engine.plugins.gcp.bigquery._job import BigQueryProperties, given, job_labels, table_reference


class CopyOutput(Output):
    """What was copied."""

    job_id: str
    """The job's id in BigQuery."""


class Copy(BigQueryProperties, Task):
    """Copies tables of BigQuery into one."""

    gives: ClassVar[type[Output]] = CopyOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Keep a copy of a table",
            """\
id: bigquery_copy
namespace: company.team

tasks:
  - id: copy
    type: io.kestra.plugin.gcp.bigquery.Copy
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    sourceTables:
      - taxi.trips
    destinationTable: taxi.trips_copy
    writeDisposition: WRITE_TRUNCATE
""",
        ),
    )

    source_tables: Annotated[list[Text], Field(min_length=1)]
    """The tables: `dataset.table` or `project.dataset.table`; all with the same columns."""
    destination_table: Text
    """The table to write: `dataset.table` or `project.dataset.table`."""
    write_disposition: WriteDisposition | None = None
    """What becomes of rows that are in the table: `WRITE_TRUNCATE` replaces them, `WRITE_APPEND` adds to
    them, `WRITE_EMPTY` fails when there are some; by default the last."""
    create_disposition: CreateDisposition | None = None
    """Whether the table is made when it does not exist, or must exist."""
    labels: StringMap | None = None
    """Labels of the job, besides `namespace`, `flow` and `execution`."""

    def run(self, ctx: RunContext) -> CopyOutput:
        """Copy the tables."""
        with self.opened(ctx, f"Copying to {self.destination_table}") as client:
            sources = [table_reference(name, "sourceTables", client) for name in self.source_tables]
            target = table_reference(self.destination_table, "destinationTable", client)
            config = self._config(ctx)
            job = self.finished(
                ctx,
                lambda: client.copy_table(sources, target, job_config=config),
                lambda job: job.result(),
            )
        return CopyOutput(job_id=job.job_id)

    def _config(self, ctx: RunContext) -> Any:
        copy = {"writeDisposition": self.write_disposition, "createDisposition": self.create_disposition}
        settings = {"copy": given(copy), "labels": job_labels(ctx, self.labels)}
        return google("google.cloud.bigquery").CopyJobConfig.from_api_repr(settings)
