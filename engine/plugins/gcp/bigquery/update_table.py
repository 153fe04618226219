"""`io.kestra.plugin.gcp.bigquery.UpdateTable`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.gcp.bigquery._table import TableOutput, TableProperties


class UpdateTable(TableProperties, Task):
    """Changes settings of a table of BigQuery; those left out stay as they are."""

    gives: ClassVar[type[Output]] = TableOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Describe a table and let it live for 30 days",
            """\
id: bigquery_update_table
namespace: company.team

tasks:
  - id: trips
    type: io.kestra.plugin.gcp.bigquery.UpdateTable
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    dataset: taxi
    table: trips
    friendlyName: Taxi trips
    expirationDuration: P30D
""",
        ),
    )

    def run(self, ctx: RunContext) -> TableOutput:
        """Change the table."""
        with self.opened(ctx, f"Changing the table {self.shown}") as client:
            return TableOutput.of(self.changed(ctx, client))
