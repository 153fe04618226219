"""Executions with their task runs, logs and metrics, in memory."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

from engine.model.execution import Execution, TaskRun
from engine.model.log import LogEntry, Metric
from engine.model.state import State
from engine.storage.match import (
    EXECUTION_SORTS,
    contains,
    has_labels,
    in_namespace,
    label_texts,
    sort_by,
    sort_columns,
    starter_of,
)
from engine.storage.memory.logs import MemoryLogs
from engine.storage.ports import ACTIVE, Changes, ExecutionQuery, ExecutionTransaction, Page

K = TypeVar("K")
V = TypeVar("V")

_MISSING: Any = object()


class MemoryExecutions(MemoryLogs):
    """Executions, their task runs, logs and metrics. One lock: readers wait for a transaction to end."""

    def __init__(self) -> None:
        super().__init__()
        self.executions: dict[str, Execution] = {}
        self.runs: dict[str, TaskRun] = {}
        self.runs_of: dict[str, dict[str, TaskRun]] = {}
        self.open: dict[str, None] = {}
        self._transaction: _Transaction | None = None

    @contextmanager
    def transaction(
        self, owner: str | None = None, *, admits: bool = False
    ) -> Iterator[ExecutionTransaction]:
        """Open the writing transaction; rolls back on an error. A thread has one at a time."""
        with self.lock:
            if self._transaction is not None:
                raise RuntimeError("a writing transaction is open in this thread already")
            self._transaction = step = _Transaction(self)
            try:
                yield step
            except BaseException:
                step.undo()
                raise
            finally:
                self._transaction = None

    def get(self, execution_id: str, *, task_runs: bool = True) -> Execution | None:
        """Return the execution, by default with its task runs in order of creation."""
        with self.lock:
            execution = self.executions.get(execution_id)
            return self._with_runs(execution) if execution is not None and task_runs else execution

    def _with_runs(self, execution: Execution) -> Execution:
        runs = sorted(self.runs_of.get(execution.id, {}).values(), key=attrgetter("index"))
        return replace(execution, task_runs=tuple(runs))

    def task_run(self, task_run_id: str) -> TaskRun | None:
        """Return one task run."""
        with self.lock:
            return self.runs.get(task_run_id)

    def search(self, query: ExecutionQuery, *, task_runs: bool = False) -> Page[Execution]:
        """Find executions; both dates of a range are included."""
        columns = sort_columns(query.sort, EXECUTION_SORTS, "Executions") or [("start_date", True)]
        with self.lock:
            found = [execution for execution in self.executions.values() if _fits(execution, query)]
            sort_by(found, [*columns, ("id", columns[-1][1])], _column)
            page = found[query.offset : query.offset + query.limit]
            results = [self._with_runs(execution) for execution in page] if task_runs else page
        return Page(results, len(found))

    def unfinished(self) -> list[tuple[str, str | None]]:
        """Return (id, owner) of executions that have not ended or still have an owner, oldest first."""
        with self.lock:
            found = [self.executions[id_] for id_ in self.open]
        found.sort(key=lambda execution: (execution.history.started, execution.id))
        return [(execution.id, execution.owner) for execution in found]

    def take_over(self, executions: Sequence[tuple[str, str | None]], owner: str) -> list[str]:
        """Give unfinished executions another owner, each only if its owner is still the given one."""
        taken = []
        with self.lock:
            for id_, known in executions:
                if id_ in self.open and self.executions[id_].owner == known:
                    self.executions[id_] = replace(self.executions[id_], owner=owner)
                    taken.append(id_)
        return taken

    def delete(self, execution_id: str, *, logs: bool = True, metrics: bool = True) -> bool:
        """Remove the execution with its task runs; tells whether it existed."""
        with self.lock:
            existed = self.executions.pop(execution_id, None) is not None
            self.open.pop(execution_id, None)
            for run_id in self.runs_of.pop(execution_id, {}):
                del self.runs[run_id]
            if logs:
                self.delete_logs(execution_id=execution_id)
            if metrics:
                self.metrics_of.pop(execution_id, None)
            return existed

    def ended(
        self, before: datetime, *, after: tuple[datetime, str] | None = None, limit: int = 100
    ) -> list[Execution]:
        """Return executions that ended before a moment, by start date and id."""
        with self.lock:
            found = [
                one
                for one in self.executions.values()
                if one.id not in self.open
                and one.history.ended is not None
                and one.history.ended < before
                and (after is None or (one.history.started, one.id) > after)
            ]
        return sorted(found, key=lambda one: (one.history.started, one.id))[:limit]

    def delete_ended(self, execution_ids: Sequence[str]) -> int:
        """Remove executions that have ended with all that belongs to them; returns how many."""
        with self.lock:
            return sum(self.delete(id_) for id_ in execution_ids if id_ not in self.open)

    def metrics_of_flow(
        self, namespace: str, flow_id: str, *, started_after: datetime | None = None
    ) -> list[Metric]:
        """Return the metrics of all executions of a flow, the oldest execution first."""
        with self.lock:
            executions = sorted(
                (one.history.started, one.id)
                for one in self.executions.values()
                if (one.namespace, one.flow_id) == (namespace, flow_id)
                and (started_after is None or one.history.started >= started_after)
            )
            return [metric for _, id_ in executions for metric in self.metrics_of.get(id_, ())]


class _Transaction:
    """Writes at once under the lock, and remembers how to take everything back."""

    def __init__(self, store: MemoryExecutions) -> None:
        self._store = store
        self._changed: list[tuple[MutableMapping[Any, Any], Any, Any]] = []
        self._lines: dict[int, object] = {}
        self._logs = len(store.entries)

    def active(self, namespace: str, flow_id: str) -> int:
        """Count executions of the flow that hold a concurrency slot."""
        return sum(execution.state in ACTIVE for execution in self._open(namespace, flow_id))

    def queued(self, namespace: str, flow_id: str) -> list[Execution]:
        """Return QUEUED executions of the flow, oldest first, without task runs."""
        queued = [one for one in self._open(namespace, flow_id) if one.state is State.QUEUED]
        return sorted(queued, key=lambda execution: (execution.history.started, execution.id))

    def _open(self, namespace: str, flow_id: str) -> Iterator[Execution]:
        for id_ in self._store.open:
            execution = self._store.executions[id_]
            if execution.flow_id == flow_id and execution.namespace == namespace:
                yield execution

    def take(self, execution_ids: Sequence[str], owner: str) -> list[Execution]:
        """Return those that have not ended and have no owner, or this one."""
        known, free = self._store.executions, (None, owner)
        return [
            known[id_]
            for id_ in execution_ids
            if id_ in known and not known[id_].state.ended and known[id_].owner in free
        ]

    def unchanged(self, known: Execution) -> bool:
        """Tell whether an execution is stored with the states and the owner it was read with."""
        stored = self._store.executions.get(known.id)
        return stored is not None and (stored.history, stored.owner) == (known.history, known.owner)

    def write(self, changes: Changes) -> None:
        """Insert or update the rows; entries of `changes.logs` become their stored form, with index."""
        store = self._store
        for id_, execution in changes.executions.items():
            bare = replace(execution, task_runs=()) if execution.task_runs else execution
            self._set(store.executions, id_, bare)
            self._set(
                store.open, id_, _MISSING if execution.state.ended and execution.owner is None else None
            )
        for id_, run in changes.task_runs.items():
            self._set(store.runs, id_, run)
            self._set(store.runs_of.setdefault(run.execution_id, {}), id_, run)
        for id_ in changes.dropped_task_runs:
            dropped = store.runs.get(id_)
            if dropped is not None:
                self._set(store.runs, id_, _MISSING)
                self._set(store.runs_of[dropped.execution_id], id_, _MISSING)
        self._write_logs(changes.logs)
        self._write_metrics(changes.metrics)

    def _write_logs(self, entries: list[LogEntry]) -> None:
        store = self._store
        for at, entry in enumerate(entries):
            if id(entry) not in self._lines:
                store.last_index += 1
                entries[at] = entry = replace(entry, index=store.last_index)
                self._lines[id(entry)] = entry
                store.entries.append(entry)

    def _write_metrics(self, metrics: list[Metric]) -> None:
        for metric in metrics:
            if id(metric) not in self._lines:
                self._lines[id(metric)] = metric
                known = self._store.metrics_of.get(metric.execution_id, ())
                self._set(self._store.metrics_of, metric.execution_id, (*known, metric))

    def _set(self, table: MutableMapping[K, V], key: K, value: V) -> None:
        self._changed.append((table, key, table.get(key, _MISSING)))
        if value is _MISSING:
            table.pop(key, None)
        else:
            table[key] = value

    def undo(self) -> None:
        """Take everything back, the last change first."""
        for table, key, before in reversed(self._changed):
            if before is _MISSING:
                table.pop(key, None)
            else:
                table[key] = before
        del self._store.entries[self._logs :]


def _fits(execution: Execution, query: ExecutionQuery) -> bool:
    started = execution.history.started
    starter = starter_of(execution)
    return (
        (query.namespace is None or execution.namespace == query.namespace)
        and (query.namespace_prefix is None or in_namespace(execution.namespace, query.namespace_prefix))
        and (query.flow_id is None or execution.flow_id == query.flow_id)
        and (not query.states or execution.state in query.states)
        and (not query.labels or has_labels(execution.labels, query.labels))
        and (query.started_after is None or started >= query.started_after)
        and (query.started_before is None or started <= query.started_before)
        and (query.parent_id is None or execution.parent_id == query.parent_id)
        and (query.trigger_execution_id is None or starter == query.trigger_execution_id)
        and (query.child is None or (starter is not None) == query.child)
        and (not query.text or contains(query.text, _texts(execution)))
    )


def _texts(execution: Execution) -> Iterator[str]:
    yield from (execution.id, execution.namespace, execution.flow_id)
    yield from label_texts(execution.labels)


def _column(execution: Execution, column: str) -> Any:
    history = execution.history
    if column == "start_date":
        return history.started
    if column == "end_date":
        return history.ended
    if column == "duration_us":
        return None if history.ended is None else history.ended - history.started
    return getattr(execution, column)
