"""Remove log entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from engine.model.log import Level
from engine.plugin import Example, Output, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class PurgeLogsOutput(Output):
    """Outputs of `PurgeLogs`."""

    count: int
    """How many entries were removed."""


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

    def run(self, ctx: RunContext) -> PurgeLogsOutput:
        """Remove the entries."""
        namespace = self.namespace
        exact = self.flow_id is not None
        return PurgeLogsOutput(
            count=ctx.world.store.executions.delete_logs(
                execution_id=self.execution_id,
                namespace=namespace if exact else None,
                flow_id=self.flow_id,
                namespace_prefix=None if exact else namespace,
                levels=frozenset(self.log_levels or ()),
                after=self.start_date,
                before=self.end_date,
            )
        )
