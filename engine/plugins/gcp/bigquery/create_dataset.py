"""`io.kestra.plugin.gcp.bigquery.CreateDataset`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from engine.errors import TaskFailure
from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.gcp._google import google
from engine.plugins.gcp.bigquery._dataset import DatasetOutput, DatasetProperties


class CreateDataset(DatasetProperties, Task):
    """Makes a dataset in BigQuery."""

    gives: ClassVar[type[Output]] = DatasetOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Make a dataset, unless it exists",
            """\
id: bigquery_create_dataset
namespace: company.team

tasks:
  - id: dataset
    type: io.kestra.plugin.gcp.bigquery.CreateDataset
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    name: taxi
    location: EU
    ifExists: SKIP
""",
        ),
    )

    if_exists: Literal["ERROR", "UPDATE", "SKIP"] = "ERROR"
    """What to do with a dataset that exists: fail, give it these settings, or leave it."""

    def run(self, ctx: RunContext) -> DatasetOutput:
        """Make the dataset."""
        conflict = google("google.api_core.exceptions").Conflict
        with self.opened(ctx, f"Making the dataset {self.name}") as client:
            dataset = google("google.cloud.bigquery").Dataset.from_api_repr(self.resource(client))
            try:
                return DatasetOutput.of(client.create_dataset(dataset))
            except conflict as error:
                if self.if_exists == "ERROR":
                    raise TaskFailure(
                        f"The dataset {self.name} exists already; set `ifExists` to SKIP to use it as it is, "
                        "or to UPDATE to change it"
                    ) from error
                if self.if_exists == "UPDATE":
                    return DatasetOutput.of(self.updated(client))
                return DatasetOutput.of(client.get_dataset(dataset.reference))
