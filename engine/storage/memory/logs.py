"""Log entries and metrics, in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

from engine.model.log import Level, LogEntry, Metric
from engine.storage.match import in_namespace
from engine.storage.ports import Page


class MemoryLogs:
    """The part of the execution store that reads and removes logs and metrics."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.entries: list[LogEntry] = []
        self.last_index = 0
        self.metrics_of: dict[str, tuple[Metric, ...]] = {}

    def logs(
        self,
        *,
        execution_id: str | None = None,
        namespace: str | None = None,
        flow_id: str | None = None,
        task_id: str | None = None,
        task_run_id: str | None = None,
        attempt: int | None = None,
        min_level: Level | None = None,
        text: str | None = None,
        started_after: datetime | None = None,
        started_before: datetime | None = None,
        after_index: int = 0,
        newest_first: bool = False,
        offset: int = 0,
        limit: int | None = None,
    ) -> Page[LogEntry]:
        """Find log entries in the order they were stored; both dates of a range are included."""
        with self.lock:
            entries = list(self.entries)
        found = [
            entry
            for entry in entries
            if _of(entry, execution_id, namespace, flow_id, task_id, min_level)
            and (task_run_id is None or entry.task_run_id == task_run_id)
            and (attempt is None or entry.attempt == attempt)
            and (not text or text.lower() in entry.message.lower())
            and (started_after is None or entry.timestamp >= started_after)
            and (started_before is None or entry.timestamp <= started_before)
            and entry.index > after_index
        ]
        if newest_first:
            found.reverse()
        return Page(found[offset : None if limit is None else offset + limit], len(found))

    def delete_logs(
        self,
        *,
        execution_id: str | None = None,
        namespace: str | None = None,
        flow_id: str | None = None,
        min_level: Level | None = None,
        task_id: str | None = None,
        before: datetime | None = None,
        namespace_prefix: str | None = None,
        levels: frozenset[Level] = frozenset(),
        after: datetime | None = None,
        of_execution: bool | None = None,
    ) -> int:
        """Remove log entries; returns how many."""
        with self.lock:
            kept = [
                entry
                for entry in self.entries
                if not (
                    _of(entry, execution_id, namespace, flow_id, task_id, min_level)
                    and (namespace_prefix is None or in_namespace(entry.namespace, namespace_prefix))
                    and (not levels or entry.level in levels)
                    and (of_execution is None or of_execution == (entry.execution_id is not None))
                    and (after is None or entry.timestamp >= after)
                    and (before is None or entry.timestamp < before)
                )
            ]
            removed = len(self.entries) - len(kept)
            self.entries[:] = kept
            return removed

    def old_logs(
        self, before: datetime, *, after: tuple[datetime, int] | None = None, limit: int = 1000
    ) -> list[LogEntry]:
        """Return log entries written before a moment, by their moment and index."""
        with self.lock:
            found = [one for one in self.entries if one.timestamp < before]
        found = [one for one in found if after is None or (one.timestamp, one.index) > after]
        return sorted(found, key=lambda one: (one.timestamp, one.index))[:limit]

    def delete_log_entries(self, indexes: Sequence[int]) -> int:
        """Remove log entries; returns how many."""
        gone = set(indexes)
        with self.lock:
            before = len(self.entries)
            self.entries[:] = [one for one in self.entries if one.index not in gone]
            return before - len(self.entries)

    def metrics(self, execution_id: str) -> list[Metric]:
        """Return the metrics of an execution in order of publication."""
        with self.lock:
            return list(self.metrics_of.get(execution_id, ()))


def _of(
    entry: LogEntry,
    execution_id: str | None,
    namespace: str | None,
    flow_id: str | None,
    task_id: str | None,
    min_level: Level | None,
) -> bool:
    return (
        (execution_id is None or entry.execution_id == execution_id)
        and (namespace is None or entry.namespace == namespace)
        and (flow_id is None or entry.flow_id == flow_id)
        and (task_id is None or entry.task_id == task_id)
        and (min_level is None or entry.level.rank >= min_level.rank)
    )
