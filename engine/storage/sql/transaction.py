"""One atomic step of the executor: its counts, its queue, its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from operator import itemgetter

from engine.model.execution import Execution
from engine.model.log import LogEntry, Metric
from engine.model.state import State
from engine.storage.ports import ACTIVE, Changes
from engine.storage.sql import execution, log, task_run
from engine.storage.sql.database import Connection
from engine.storage.sql.dialect import Dialect


class Statements:
    """The statements of a step, in the spelling of the database."""

    def __init__(self, dialect: Dialect) -> None:
        self.execution = dialect.sql(execution.UPSERT)
        self.task_run = dialect.sql(task_run.UPSERT)
        self.log = dialect.sql(log.INSERT_LOG)
        self.metric = dialect.sql(log.INSERT_METRICS)
        self.last_log = "SELECT COALESCE(MAX(number), 0) FROM logs"
        self.log_numbers = dialect.log_numbers
        self.take = dialect.sql(
            f"SELECT {execution.COLUMNS} FROM executions WHERE id = ? AND (owner IS NULL OR owner = ?) "
            f"AND end_date IS NULL{dialect.lock_rows}"
        )
        self.held = dialect.sql(f"SELECT {execution.COLUMNS} FROM executions WHERE id = ?{dialect.lock_rows}")
        self.drop = dialect.sql("DELETE FROM task_runs WHERE id = ?")
        self.active = dialect.sql(
            "SELECT COUNT(*) FROM executions WHERE namespace = ? AND flow_id = ? "
            f"AND state IN ({', '.join(repr(state.value) for state in sorted(ACTIVE))})"
        )
        self.queued = dialect.sql(
            f"SELECT {execution.COLUMNS} FROM executions WHERE namespace = ? AND flow_id = ? "
            f"AND state = '{State.QUEUED.value}' ORDER BY start_date, id"
        )


_id_of = itemgetter(0)


class SqlTransaction:
    """Reads and writes on the writing connection.

    The same Changes may be written several times while they grow: what is already written is left out.
    """

    def __init__(self, connection: Connection, statements: Statements, last_log: int) -> None:
        self._connection = connection
        self._sql = statements
        self.last_log = last_log
        """The greatest index of a log entry given so far, by this transaction or before it."""
        self._counting = False
        self._rows: dict[str, object] = {}
        self._lines: dict[int, object] = {}
        self.written: list[Changes] = []

    def active(self, namespace: str, flow_id: str) -> int:
        """Count executions of the flow that hold a concurrency slot."""
        (count,) = self._connection.execute(self._sql.active, (namespace, flow_id)).fetchone()
        return int(count)

    def queued(self, namespace: str, flow_id: str) -> list[Execution]:
        """Return QUEUED executions of the flow, oldest first, without task runs."""
        rows = self._connection.execute(self._sql.queued, (namespace, flow_id)).fetchall()
        return [execution.from_row(row) for row in rows]

    def take(self, execution_ids: Sequence[str], owner: str) -> list[Execution]:
        """Return those that have not ended and have no owner, or this one; their rows are locked."""
        asked = [self._connection.execute(self._sql.take, (id_, owner)) for id_ in sorted(execution_ids)]
        return [execution.from_row(row) for cursor in asked for row in cursor.fetchall()]

    def unchanged(self, known: Execution) -> bool:
        """Tell whether an execution is stored with the states and the owner it was read with; lock it."""
        row = self._connection.execute(self._sql.held, (known.id,)).fetchone()
        stored = None if row is None else execution.from_row(row)
        return stored is not None and (stored.history, stored.owner) == (known.history, known.owner)

    def write(self, changes: Changes) -> None:
        """Insert or update the rows; entries of `changes.logs` become their stored form, with index."""
        written = self._rows
        if not any(changes is one for one in self.written):
            self.written.append(changes)
        if changes.executions:
            rows = [
                execution.to_row(one) for one in changes.executions.values() if written.get(one.id) is not one
            ]
            rows.sort(key=_id_of)
            self._connection.executemany(self._sql.execution, rows)
            written.update(changes.executions)
        if changes.task_runs:
            rows = [
                task_run.to_row(run) for run in changes.task_runs.values() if written.get(run.id) is not run
            ]
            self._connection.executemany(self._sql.task_run, rows)
            written.update(changes.task_runs)
        if changes.dropped_task_runs:
            self._connection.executemany(self._sql.drop, [(id_,) for id_ in changes.dropped_task_runs])
        if changes.logs:
            self._write_logs(changes.logs)
        if changes.metrics:
            self._write_metrics(changes.metrics)

    def _write_logs(self, entries: list[LogEntry]) -> None:
        """Give every entry its index here, because followers need to know it."""
        lines, rows = self._lines, []
        new = [at for at, entry in enumerate(entries) if id(entry) not in lines]
        for at, number in zip(new, self._numbers(len(new)), strict=True):
            entries[at] = entry = replace(entries[at], index=number)
            lines[id(entry)] = entry
            rows.append(log.log_row(entry))
        self._connection.executemany(self._sql.log, rows)

    def _numbers(self, count: int) -> Iterable[int]:
        """Return so many new indexes: counted by the only writer there is, or given by the database."""
        if self._sql.log_numbers is not None:
            return sorted(n for (n,) in self._connection.execute(self._sql.log_numbers, (count,)).fetchall())
        if not self._counting:
            (stored,) = self._connection.execute(self._sql.last_log).fetchone()
            self.last_log = max(self.last_log, stored)
            self._counting = True
        first = self.last_log + 1
        self.last_log += count
        return range(first, first + count)

    def _write_metrics(self, metrics: list[Metric]) -> None:
        new: dict[str, list[Metric]] = {}
        for metric in metrics:
            if id(metric) not in self._lines:
                self._lines[id(metric)] = metric
                new.setdefault(metric.execution_id, []).append(metric)
        rows = [log.metrics_row(execution_id, together) for execution_id, together in new.items()]
        self._connection.executemany(self._sql.metric, rows)
