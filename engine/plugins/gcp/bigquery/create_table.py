"""`io.kestra.plugin.gcp.bigquery.CreateTable`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.gcp._google import google
from engine.plugins.gcp.bigquery._table import TableOutput, TableProperties


class CreateTable(TableProperties, Task):
    """Makes a table, a view or an external table in BigQuery. Fails when it exists."""

    gives: ClassVar[type[Output]] = TableOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Make a partitioned table",
            """\
id: bigquery_create_table
namespace: company.team

tasks:
  - id: trips
    type: io.kestra.plugin.gcp.bigquery.CreateTable
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    dataset: taxi
    table: trips
    tableDefinition:
      type: TABLE
      schema:
        fields:
          - name: id
            type: STRING
            mode: REQUIRED
          - name: pickup
            type: TIMESTAMP
          - name: fare
            type: NUMERIC
      standardTableDefinition:
        timePartitioning:
          type: MONTH
          field: pickup
        clustering:
          fields: [id]
""",
        ),
        Example(
            "Query CSV files where they are",
            """\
id: bigquery_external_table
namespace: company.team

tasks:
  - id: files
    type: io.kestra.plugin.gcp.bigquery.CreateTable
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    dataset: taxi
    table: trip_files
    tableDefinition:
      type: EXTERNAL
      externalTableDefinition:
        sourceUris: ["gs://my-bucket/trips/*.csv"]
        formatType: CSV
        skipLeadingRows: 1
        autodetect: true
""",
        ),
    )

    def run(self, ctx: RunContext) -> TableOutput:
        """Make the table."""
        with self.opened(ctx, f"Making the table {self.shown}") as client:
            table = google("google.cloud.bigquery").Table.from_api_repr(self.resource(ctx, client))
            return TableOutput.of(client.create_table(table))
