"""`io.kestra.plugin.gcp.bigquery.LoadFromGcs`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.gcp.bigquery._load import LoadOutput, LoadProperties


class LoadFromGcs(LoadProperties, Task):
    """Loads objects of Google Cloud Storage into a table of BigQuery."""

    gives: ClassVar[type[Output]] = LoadOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Load all Parquet files of a folder",
            """\
id: bigquery_load_from_gcs
namespace: company.team

tasks:
  - id: load
    type: io.kestra.plugin.gcp.bigquery.LoadFromGcs
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    from:
      - gs://my-bucket/trips/*.parquet
    destinationTable: taxi.trips
    format: PARQUET
    writeDisposition: WRITE_APPEND
""",
        ),
    )

    source: Annotated[list[Text], Field(alias="from", min_length=1)]
    """Addresses of the objects: `gs://bucket/path`, with `*` for many."""

    def run(self, ctx: RunContext) -> LoadOutput:
        """Load the objects."""
        with self.opened(ctx, f"Loading {self.destination_table}") as client:
            target, config = self.target(client), self.config(ctx)
            job = self.finished(
                ctx,
                lambda: client.load_table_from_uri(self.source, target, job_config=config),
                lambda job: job.result(),
            )
            return self.loaded(ctx, job)
