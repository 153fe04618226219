"""`io.kestra.plugin.gcp.bigquery.UpdateDataset`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task
from engine.plugins.gcp.bigquery._dataset import DatasetOutput, DatasetProperties


class UpdateDataset(DatasetProperties, Task):
    """Changes settings of a dataset of BigQuery; those left out stay as they are."""

    gives: ClassVar[type[Output]] = DatasetOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Describe a dataset",
            """\
id: bigquery_update_dataset
namespace: company.team

tasks:
  - id: dataset
    type: io.kestra.plugin.gcp.bigquery.UpdateDataset
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    name: taxi
    friendlyName: Taxi trips
    labels:
      team: data
""",
        ),
    )

    def run(self, ctx: RunContext) -> DatasetOutput:
        """Change the dataset."""
        with self.opened(ctx, f"Changing the dataset {self.name}") as client:
            return DatasetOutput.of(self.updated(client))
