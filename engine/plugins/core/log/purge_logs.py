"""Remove log entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from engine.model.log import Level
from engine.plugin import Example, Output, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class PurgeLogsOutput(Output):
    """Outputs of `PurgeLogs`."""

    count: int
    """How many entries were removed."""

    execution_logs_count: int
    """How many of them belonged to executions."""

    non_execution_logs_count: int
    """How many of them belonged to none: triggers wrote them."""


class PurgeLogs(Task):
    """Remove log entries that are older than a date. Nothing to remove is fine.

    Fails only when a date or a level is none.
    """

    gives: ClassVar[type[Output]] = PurgeLogsOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Keep a month of logs",
            """\
id: purge-logs
namespace: company.team
tasks:
  - id: purge
    type: io.kestra.plugin.core.log.PurgeLogs
    endDate: "{{ now() | dateAdd(-1, 'MONTHS') }}"
""",
            runnable=True,
        ),
    )

    namespace: Text | None = None
    """Only entries of this namespace and those below; of this namespace alone when `flowId` is given."""

    flow_id: Text | None = None
    """Only entries of this flow."""

    execution_id: Text | None = None
    """Only entries of this execution."""

    log_levels: list[Level] | None = None
    """Only entries of these levels; all when left out."""

    start_date: datetime | None = None
    """Only entries of this date or later."""

    end_date: datetime
    """Only entries before this date."""

    purge_execution_logs: bool = True
    """Whether entries of executions are removed."""

    purge_non_execution_logs: bool = True
    """Whether entries are removed that belong to no execution, like those of triggers."""

    batch_size: Annotated[int, Field(ge=1)] | None = None
    """Accepted and without effect: the store removes all entries in one step."""

    def run(self, ctx: RunContext) -> PurgeLogsOutput:
        """Remove the entries."""
        of_executions = self._remove(ctx, of_execution=True) if self.purge_execution_logs else 0
        others = self._remove(ctx, of_execution=False) if self.purge_non_execution_logs else 0
        return PurgeLogsOutput(
            count=of_executions + others, execution_logs_count=of_executions, non_execution_logs_count=others
        )

    def _remove(self, ctx: RunContext, *, of_execution: bool) -> int:
        exact = self.flow_id is not None
        return ctx.world.store.executions.delete_logs(
            execution_id=self.execution_id,
            namespace=self.namespace if exact else None,
            flow_id=self.flow_id,
            namespace_prefix=None if exact else self.namespace,
            levels=frozenset(self.log_levels or ()),
            after=self.start_date,
            before=self.end_date,
            of_execution=of_execution,
        )
