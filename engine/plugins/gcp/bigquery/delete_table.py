"""`io.kestra.plugin.gcp.bigquery.DeleteTable`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.gcp._google import google
from engine.plugins.gcp.bigquery._table import TableName


class DeleteTableOutput(Output):
    """What was deleted."""

    project_id: str
    """Project of the table."""
    dataset_id: str
    """Dataset of the table."""
    table: str
    """Name of the table."""


class DeleteTable(TableName, Task):
    """Deletes a table of BigQuery. Fails when it does not exist."""

    gives: ClassVar[type[Output]] = DeleteTableOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete a table",
            """\
id: bigquery_delete_table
namespace: company.team

tasks:
  - id: staging
    type: io.kestra.plugin.gcp.bigquery.DeleteTable
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    dataset: taxi
    table: trips_staging
""",
        ),
    )

    def run(self, ctx: RunContext) -> DeleteTableOutput:
        """Delete the table."""
        with self.opened(ctx, f"Deleting the table {self.shown}") as client:
            reference = self.reference(client)
            client.delete_table(google("google.cloud.bigquery").TableReference.from_api_repr(reference))
        return DeleteTableOutput(
            project_id=reference["projectId"], dataset_id=reference["datasetId"], table=reference["tableId"]
        )
