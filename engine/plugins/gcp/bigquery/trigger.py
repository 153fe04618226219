"""`io.kestra.plugin.gcp.bigquery.Trigger`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.errors import TaskFailure
from engine.plugin import Example, Fired, Output, PollingTrigger, RunContext
from engine.plugins.gcp.bigquery._query import QueryOutput, QueryProperties


class Trigger(QueryProperties, PollingTrigger):
    """Asks BigQuery every `interval` and starts the flow when the query gives rows.

    Needs a `fetchType` other than NONE.
    """

    gives: ClassVar[type[Output]] = QueryOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Start when there are rows of today",
            """\
id: bigquery_trigger
namespace: company.team

tasks:
  - id: show
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.size ?? 0 }} rows of today"

triggers:
  - id: today
    type: io.kestra.plugin.gcp.bigquery.Trigger
    interval: PT15M
    projectId: my-project
    serviceAccount: "{{ secret('GCP_SERVICE_ACCOUNT') }}"
    sql: SELECT * FROM taxi.trips WHERE DATE(pickup) = CURRENT_DATE()
    fetchType: STORE
""",
        ),
    )

    def poll(self, ctx: RunContext) -> Fired | None:
        """Ask once."""
        if self.wanted == "NONE":
            raise TaskFailure("fetchType: a trigger needs rows; use FETCH, FETCH_ONE or STORE")
        output = self.query(ctx)
        return Fired(output.model_dump(by_alias=True, exclude_none=True)) if output.size else None
