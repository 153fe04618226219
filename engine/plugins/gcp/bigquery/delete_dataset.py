"""`io.kestra.plugin.gcp.bigquery.DeleteDataset`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins.gcp._google import google
from engine.plugins.gcp.bigquery._job import BigQueryProperties, dataset_id


class DeleteDatasetOutput(Output):
    """What was deleted."""

    dataset: str
    """Name of the dataset."""


class DeleteDataset(BigQueryProperties, Task):
    """Deletes a dataset of BigQuery. Fails when it does not exist, and when it is not empty."""

    gives: ClassVar[type[Output]] = DeleteDatasetOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Delete a dataset and the tables in it",
            """\
id: bigquery_delete_dataset
namespace: company.team

tasks:
  - id: dataset
    type: io.kestra.plugin.gcp.bigquery.DeleteDataset
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    name: taxi
    deleteContents: true
""",
        ),
    )

    name: Text
    """Name of the dataset: `dataset` or `project.dataset`."""
    delete_contents: bool = False
    """Whether the tables in it are deleted as well; otherwise a dataset that is not empty stays."""

    def run(self, ctx: RunContext) -> DeleteDatasetOutput:
        """Delete the dataset."""
        with self.opened(ctx, f"Deleting the dataset {self.name}") as client:
            found = dataset_id(self.name, "name", client)
            reference = google("google.cloud.bigquery").DatasetReference.from_api_repr(found)
            client.delete_dataset(reference, delete_contents=self.delete_contents)
        return DeleteDatasetOutput(dataset=found["datasetId"])
