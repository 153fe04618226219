"""`io.kestra.plugin.gcp.bigquery.Query`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.plugin import Example, Output, RunContext, StringMap, Task
from engine.plugins.gcp.bigquery._query import QueryOutput, QueryProperties


class Query(QueryProperties, Task):
    """Runs SQL on BigQuery.

    The result can be fetched, stored in a file or written into a table. When the task is stopped, the job is
    cancelled.
    """

    gives: ClassVar[type[Output]] = QueryOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read rows into the outputs",
            """\
id: bigquery_fetch
namespace: company.team

tasks:
  - id: names
    type: io.kestra.plugin.gcp.bigquery.Query
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    sql: |
      SELECT name, sum(number) AS total
      FROM `bigquery-public-data.usa_names.usa_1910_2013`
      GROUP BY name
      ORDER BY total DESC
      LIMIT 10
    fetchType: FETCH

  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.names.rows[0].name }} is the most frequent of {{ outputs.names.size }} names"
""",
        ),
        Example(
            "Replace a partitioned table by the result of a query",
            """\
id: bigquery_table
namespace: company.team

tasks:
  - id: daily
    type: io.kestra.plugin.gcp.bigquery.Query
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    sql: SELECT DATE(pickup) AS day, count(*) AS trips FROM taxi.trips GROUP BY day
    destinationTable: my-project.taxi.daily
    writeDisposition: WRITE_TRUNCATE
    timePartitioningField: day
    timePartitioningType: MONTH
""",
        ),
        Example(
            "Create a table and merge new rows into it",
            """\
id: bigquery_merge
namespace: company.team

tasks:
  - id: merge
    type: io.kestra.plugin.gcp.bigquery.Query
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    sql: |
      CREATE TABLE IF NOT EXISTS taxi.trips (id STRING, fare NUMERIC);

      MERGE INTO taxi.trips t
      USING taxi.trips_new n
      ON t.id = n.id
      WHEN NOT MATCHED THEN INSERT (id, fare) VALUES (n.id, n.fare)
""",
        ),
    )

    labels: StringMap | None = None
    """Labels of the job, besides `namespace`, `flow` and `execution`."""

    @property
    def own_labels(self) -> StringMap | None:
        """Labels of the job besides those every job has."""
        return self.labels

    def run(self, ctx: RunContext) -> QueryOutput:
        """Run the query."""
        return self.query(ctx)
