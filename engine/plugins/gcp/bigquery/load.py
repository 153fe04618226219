"""`io.kestra.plugin.gcp.bigquery.Load`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.gcp.bigquery._job import TableId
from engine.plugins.gcp.bigquery._load import LoadOutput, LoadProperties


class Load(LoadProperties, Task):
    """Loads a file of the execution into a table of BigQuery."""

    gives: ClassVar[type[Output]] = LoadOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Load a CSV file and replace what is in the table",
            """\
id: bigquery_load
namespace: company.team

inputs:
  - id: trips
    type: FILE

tasks:
  - id: load
    type: io.kestra.plugin.gcp.bigquery.Load
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    from: "{{ inputs.trips }}"
    destinationTable: taxi.trips
    format: CSV
    csvOptions:
      skipLeadingRows: 1
    autodetect: true
    writeDisposition: WRITE_TRUNCATE
""",
        ),
    )

    source: Annotated[Text, Field(alias="from")]
    """Address of the file: `kestra:///…`."""

    def run(self, ctx: RunContext) -> LoadOutput:
        """Send the file and wait until it is loaded."""
        with self.opened(ctx, f"Loading {self.destination_table}") as client:
            target, size = self.target(client), ctx.size(self.source)
            if not size:
                return self._empty(target)

            def start() -> Any:
                with ctx.open(self.source) as file:
                    return client.load_table_from_file(file, target, size=size, job_config=self.config(ctx))

            return self.loaded(ctx, self.finished(ctx, start, lambda job: job.result()))

    def _empty(self, target: Any) -> LoadOutput:
        if self.failed_on_empty:
            raise TaskFailure(
                f"from: {self.source} is empty, so there is nothing to load; to accept that set "
                "`failedOnEmpty: false`"
            )
        return LoadOutput(destination_table=TableId.of(target), rows=0)
