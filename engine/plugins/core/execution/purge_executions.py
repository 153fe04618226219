"""Remove old executions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.model import uri as uris
from engine.model.execution import Execution
from engine.model.state import TERMINAL, State
from engine.plugin import Example, Output, Task, Text
from engine.storage.ports import ExecutionQuery

if TYPE_CHECKING:
    from engine.plugin import RunContext


class PurgeExecutionsOutput(Output):
    """Outputs of `PurgeExecutions`."""

    executions_count: int
    """How many executions were removed."""

    logs_count: int
    """How many log entries were removed."""

    metrics_count: int
    """How many metrics were removed."""

    storages_count: int
    """How many stored files were removed."""


class PurgeExecutions(Task):
    """Remove ended executions that started before a date, with their logs, metrics and files.

    Executions that have not ended stay. Nothing to remove is fine. Fails only when a date or a state is none.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.storages.Purge",)
    renamed: ClassVar[Mapping[str, str]] = {"purgeMetrics": "purgeMetric", "purgeLogs": "purgeLog"}
    gives: ClassVar[type[Output]] = PurgeExecutionsOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Keep a month of executions",
            """\
id: purge-executions
namespace: company.team
tasks:
  - id: purge
    type: io.kestra.plugin.core.execution.PurgeExecutions
    endDate: "{{ now() | dateAdd(-1, 'MONTHS') }}"
    states: [SUCCESS, FAILED]
""",
            runnable=True,
        ),
    )

    namespace: Text | None = None
    """Only executions of this namespace and those below; of this namespace alone when `flowId` is given."""

    flow_id: Text | None = None
    """Only executions of this flow."""

    states: list[State] | None = None
    """Only executions that ended in one of these states; all when left out."""

    start_date: datetime | None = None
    """Only executions that started at this date or later."""

    end_date: datetime
    """Only executions that started before this date."""

    purge_execution: bool = True
    """Remove the executions themselves, and with them what is recorded of their tasks."""

    purge_log: bool = True
    """Remove their logs."""

    purge_metric: bool = True
    """Remove their metrics, together with the executions."""

    purge_storage: bool = True
    """Remove their files."""

    batch_size: Annotated[int, Field(ge=1)] = 100
    """How many are looked up at once."""

    def run(self, ctx: RunContext) -> PurgeExecutionsOutput:
        """Remove them batch by batch."""
        counts = [0, 0, 0, 0]
        kept = 0
        while found := self._batch(ctx, kept):
            for execution in found:
                if execution.owner is not None:  # its tasks after the end still run
                    kept += 1
                    continue
                kept += 0 if self.purge_execution else 1
                counts = [sum(pair) for pair in zip(counts, self._purge(ctx, execution), strict=True)]
        return PurgeExecutionsOutput(
            executions_count=counts[0],
            logs_count=counts[1],
            metrics_count=counts[2],
            storages_count=counts[3],
        )

    def _batch(self, ctx: RunContext, offset: int) -> list[Execution]:
        query = ExecutionQuery(
            namespace=self.namespace if self.flow_id else None,
            namespace_prefix=None if self.flow_id else self.namespace,
            flow_id=self.flow_id,
            states=TERMINAL & frozenset(self.states) if self.states else TERMINAL,
            started_after=self.start_date,
            started_before=self.end_date,
            sort=(("state.startDate", False),),
            offset=offset,
            limit=self.batch_size,
        )
        if self.states and not query.states:
            return []
        return ctx.world.store.executions.search(query).results

    def _purge(self, ctx: RunContext, execution: Execution) -> tuple[int, int, int, int]:
        executions, files = ctx.world.store.executions, ctx.world.files
        logs = executions.delete_logs(execution_id=execution.id) if self.purge_log else 0
        metrics = len(executions.metrics(execution.id)) if self.purge_execution and self.purge_metric else 0
        removed = self.purge_execution and executions.delete(
            execution.id, logs=False, metrics=self.purge_metric
        )
        stored = 0
        if self.purge_storage:
            folder = uris.execution_prefix(execution.namespace, execution.flow_id, execution.id)
            stored = sum(1 for _ in files.walk(folder))
            files.delete(folder)
        return int(removed), logs, metrics, stored
