"""Fetch log entries into a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import model_validator

from engine.expression.ion import write_ion_row
from engine.model.json import Json
from engine.model.log import Level, LogEntry
from engine.plugin import Example, Output, Task, Text

if TYPE_CHECKING:
    from engine.plugin import RunContext


class FetchOutput(Output):
    """Outputs of `Fetch`."""

    uri: str
    """Address of the file: one entry per line."""

    size: int
    """How many entries were fetched."""


class Fetch(Task):
    """Fetch the log entries of an execution, by default of this one, into a file. Only stored ones are seen.

    Fails when `namespace` and `flowId` are given without `executionId`, or only one of the two with it.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.core.tasks.log.Fetch",)
    deprecated: ClassVar[str | None] = "the logs API"
    renamed: ClassVar[dict[str, str]] = {"taskId": "tasksId"}
    gives: ClassVar[type[Output]] = FetchOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Read back a warning",
            """\
id: fetch-logs
namespace: company.team
tasks:
  - id: warn
    type: io.kestra.plugin.core.log.Log
    message: look out
    level: WARN
  - id: fetch
    type: io.kestra.plugin.core.log.Fetch
    level: WARN
    tasksId: [warn]
""",
            runnable=True,
        ),
    )

    namespace: Text | None = None
    """Namespace of the execution; only with `executionId`."""

    flow_id: Text | None = None
    """Flow of the execution; only with `executionId`."""

    execution_id: Text | None = None
    """The execution; this one when left out."""

    tasks_id: str | list[Text] | None = None
    """Ids of the tasks whose entries are fetched; all when left out."""

    level: Level = Level.INFO
    """The lowest level that is fetched."""

    @model_validator(mode="after")
    def _whose(self) -> Fetch:
        given = (self.namespace is not None, self.flow_id is not None)
        if self.execution_id is None and any(given):
            raise ValueError(
                "`namespace` and `flowId` need an `executionId`; leave them out for this execution"
            )
        if given[0] != given[1]:
            raise ValueError("give both `namespace` and `flowId`, or none of them")
        return self

    def run(self, ctx: RunContext) -> FetchOutput:
        """Write the entries."""
        tasks = [self.tasks_id] if isinstance(self.tasks_id, str) else self.tasks_id
        page = ctx.world.store.executions.logs(
            execution_id=self.execution_id or ctx.where.execution_id,
            namespace=self.namespace,
            flow_id=self.flow_id,
            min_level=self.level,
        )
        entries = [entry for entry in page.results if tasks is None or entry.task_id in tasks]
        rows = "".join(f"{write_ion_row(_row(entry))}\n" for entry in entries)
        return FetchOutput(uri=ctx.put("logs.ion", rows.encode()), size=len(entries))


def _row(entry: LogEntry) -> dict[str, Json]:
    row: dict[str, Json] = {
        "namespace": entry.namespace,
        "flowId": entry.flow_id,
        "taskId": entry.task_id,
        "executionId": entry.execution_id,
        "taskRunId": entry.task_run_id,
        "attemptNumber": entry.attempt,
        "triggerId": entry.trigger_id,
        "timestamp": entry.timestamp,
        "level": str(entry.level),
        "thread": entry.thread,
        "message": entry.message,
    }
    return {key: value for key, value in row.items() if value is not None}
