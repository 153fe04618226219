"""A step: everything that changes between two commits, and what to do once it is stored."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.executor.live import LiveExecution
from engine.executor.work import Work
from engine.model.execution import Execution, TaskRun
from engine.model.log import Level, LogEntry
from engine.storage.ports import Changes


@dataclass(slots=True)
class Rewrite:
    """A change of an execution that no process runs, made only if it is still as it was read.

    Of two processes that want to restart it at the same moment one does, and the other is told.
    """

    known: Execution
    """As it was read."""
    make: Callable[[Step], None]
    made: bool = False


@dataclass(slots=True)
class Step:
    """Collected by the loop, written in one transaction, then acted on: write first, then act."""

    now: datetime
    changes: Changes = field(default_factory=Changes)
    jobs: list[Work] = field(default_factory=list)
    admissions: list[LiveExecution] = field(default_factory=list)
    released: set[tuple[str, str]] = field(default_factory=set)
    """Flows of which an execution gave its concurrency slot back."""
    quiet: set[str] = field(default_factory=set)
    """Executions whose end is told later, when the tasks after it are done."""
    abandoned: list[TaskRun] = field(default_factory=list)
    """Task runs whose shared folder is no longer needed."""
    after: list[Callable[[], None]] = field(default_factory=list)
    answers: list[Future[Any]] = field(default_factory=list)
    """What other threads wait for; given once everything is stored."""
    taking: list[str] = field(default_factory=list)
    """Executions without owner this process would run; those that it got are in `taken`."""
    taken: set[str] = field(default_factory=set)
    stored: bool = False
    """Whether a first transaction of the step is done."""
    rewrites: list[Rewrite] = field(default_factory=list)
    """Changes of executions no process runs, and in `rewritten` those of them that were made."""
    rewritten: list[Rewrite] = field(default_factory=list)
    events: int = 0
    """How many things happened that are stored together."""
    lost: bool = False
    """This process was declared dead: nothing of the step may be stored."""

    def execution(self, live: LiveExecution, execution: Execution) -> None:
        """Record a changed execution."""
        live.execution = execution
        self.changes.executions[execution.id] = execution

    def run(self, live: LiveExecution, run: TaskRun) -> None:
        """Record a changed task run."""
        live.update(run)
        self.changes.task_runs[run.id] = run

    def log(self, live: LiveExecution, run: TaskRun | None, level: Level, message: str) -> None:
        """Record a log entry written by the executor itself."""
        execution = live.execution
        self.changes.logs.append(
            LogEntry(
                namespace=execution.namespace,
                flow_id=execution.flow_id,
                execution_id=execution.id,
                timestamp=self.now,
                level=level,
                message=message,
                task_id=run.task_id if run else None,
                task_run_id=run.id if run else None,
                attempt=len(run.attempts) - 1 if run and run.attempts else None,
            )
        )
