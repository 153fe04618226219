"""`io.kestra.plugin.gcp.bigquery.TableMetadata`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.gcp._google import google
from engine.plugins.gcp.bigquery._table import TableName, TableOutput


class TableMetadata(TableName, Task):
    """Tells what a table of BigQuery is made of, and how many rows it has."""

    gives: ClassVar[type[Output]] = TableOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Count rows without a query",
            """\
id: bigquery_table_metadata
namespace: company.team

tasks:
  - id: trips
    type: io.kestra.plugin.gcp.bigquery.TableMetadata
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    dataset: taxi
    table: trips

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.trips.numRows }} trips"
""",
        ),
    )

    if_not_exists: Literal["ERROR", "SKIP"] = "ERROR"
    """What to do when there is no such table: fail, or give no outputs."""

    def run(self, ctx: RunContext) -> TableOutput | None:
        """Ask for the table."""
        missing = google("google.api_core.exceptions").NotFound
        with self.opened(ctx, f"Asking for the table {self.shown}") as client:
            reference = google("google.cloud.bigquery").TableReference.from_api_repr(self.reference(client))
            try:
                return TableOutput.of(client.get_table(reference))
            except missing as error:
                if self.if_not_exists == "ERROR":
                    raise TaskFailure(
                        f"The table {self.shown} does not exist; to go on without it set `ifNotExists: SKIP`"
                    ) from error
                return None
