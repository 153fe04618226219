"""The logbook: log entries and metrics from worker threads, until the loop stores them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from engine.executor.step import Step
from engine.model.log import Level, LogEntry, Metric
from engine.plugin.context import Where
from engine.secrets import mask


class Logbook:
    """Filled by workers, emptied by the loop. `wake` is called when something waits to be stored."""

    def __init__(self, clock: Callable[[], datetime], wake: Callable[[], None]) -> None:
        self._clock = clock
        self._wake = wake
        self._woken = False
        self._logs: deque[LogEntry] = deque()
        self._metrics: deque[Metric] = deque()

    def writer(
        self, where: Where, masks: set[str], threshold: Level | None = None, *, wakes: bool = True
    ) -> Callable[[Level, str], None]:
        """Return what takes the messages of one task run: below the threshold dropped, secrets masked.

        Without `wakes` they are stored with whatever happens next: the end of a task that ends at once.
        """
        lowest = threshold.rank if threshold else 0

        def write(level: Level, message: str) -> None:
            if level.rank < lowest:
                return
            if masks:
                message = mask(message, list(masks))
            self._logs.append(self._entry(where, level, message))
            if wakes:
                self._notify()

        return write

    def metric_writer(self, where: Where, *, wakes: bool = True) -> Callable[[Metric], None]:
        """Return what takes the metrics of one task run."""

        def write(metric: Metric) -> None:
            self._metrics.append(
                replace(
                    metric,
                    namespace=where.namespace,
                    flow_id=where.flow_id,
                    execution_id=where.execution_id,
                    task_id=where.task_id,
                    task_run_id=where.task_run_id,
                    timestamp=self._clock(),
                )
            )
            if wakes:
                self._notify()

        return write

    def take(self, step: Step) -> None:
        """Move everything into the step."""
        self._woken = False
        while self._logs:
            step.changes.logs.append(self._logs.popleft())
        while self._metrics:
            step.changes.metrics.append(self._metrics.popleft())

    def _notify(self) -> None:
        if not self._woken:
            self._woken = True
            self._wake()

    def _entry(self, where: Where, level: Level, message: str) -> LogEntry:
        return LogEntry(
            namespace=where.namespace,
            flow_id=where.flow_id,
            execution_id=where.execution_id or None,
            timestamp=self._clock(),
            level=level,
            message=message,
            task_id=where.task_id or None,
            task_run_id=where.task_run_id or None,
            attempt=where.attempt - 1 if where.task_run_id else None,
            trigger_id=where.trigger_id or None,
            thread=threading.current_thread().name,
        )
