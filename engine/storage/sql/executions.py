"""Executions with their task runs, on a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from engine.errors import OwnerLost
from engine.model.execution import Execution, TaskRun
from engine.model.moment import to_text
from engine.storage.match import EXECUTION_SORTS, sort_columns
from engine.storage.ports import ExecutionQuery, ExecutionTransaction, Page
from engine.storage.sql import execution, task_run
from engine.storage.sql.database import Beside, Connection, Database, guard
from engine.storage.sql.labels import labelled, texts
from engine.storage.sql.logs import SqlLogs
from engine.storage.sql.transaction import SqlTransaction, Statements
from engine.storage.sql.where import Where

_MOST_IDS = 500
_MANY = 2000


class SqlExecutions(SqlLogs):
    """Executions, their task runs, logs and metrics."""

    def __init__(self, database: Database, beside: Beside | None = None) -> None:
        super().__init__(database)
        self._beside = beside
        self._statements = Statements(database.dialect)
        self._last_log = 0
        sql = database.dialect.sql
        self._get = sql(f"SELECT {execution.COLUMNS} FROM executions WHERE id = ?")
        self._run = sql(f"SELECT {task_run.COLUMNS} FROM task_runs WHERE id = ?")
        self._runs = sql(f"SELECT {task_run.COLUMNS} FROM task_runs WHERE execution_id = ? ORDER BY number")
        take = "UPDATE executions SET owner = ? WHERE id = ? AND owner"
        self._take = sql(f"{take} = ?")
        self._take_free = sql(f"{take} IS NULL AND end_date IS NULL")

    @contextmanager
    def transaction(
        self, owner: str | None = None, *, admits: bool = False
    ) -> Iterator[ExecutionTransaction]:
        """Open the writing transaction; commits at the end, rolls back on an error."""
        with self._database.step() as connection:
            self._enter(connection, owner, admits)
            step = SqlTransaction(connection, self._statements, self._last_log)
            try:
                yield step
                if self._beside is not None:
                    self._beside.finish(connection, step.written, owner)
            finally:
                # Kept when it fails, too: an index may be missing, but is never given twice.
                self._last_log = step.last_log

    def _enter(self, connection: Connection, owner: str | None, admits: bool) -> None:
        """Let only the living write, and one after the other count slots: before any row is locked."""
        fence = self._database.dialect.fence
        if fence is not None and owner is not None and not connection.execute(fence, (owner,)).fetchone():
            raise OwnerLost(
                "This process was silent for too long, so that others have taken over what it ran; try again"
            )
        if admits:
            guard(connection, self._database.dialect, "admission")

    def get(self, execution_id: str, *, task_runs: bool = True) -> Execution | None:
        """Return the execution, by default with its task runs in order of creation."""
        with self._database.read() as connection:
            row = connection.execute(self._get, (execution_id,)).fetchone()
            if row is None:
                return None
            runs = connection.execute(self._runs, (execution_id,)).fetchall() if task_runs else ()
        return execution.from_row(row, (task_run.from_row(run) for run in runs))

    def task_run(self, task_run_id: str) -> TaskRun | None:
        """Return one task run."""
        with self._database.read() as connection:
            row = connection.execute(self._run, (task_run_id,)).fetchone()
        return None if row is None else task_run.from_row(row)

    def search(self, query: ExecutionQuery, *, task_runs: bool = False) -> Page[Execution]:
        """Find executions; both dates of a range are included."""
        order = _order(query)
        with self._database.read() as connection:
            where = self._conditions(query)
            total = self._count(connection, "executions", where)
            if total > _MANY and (query.namespace_prefix is not None or query.labels):
                where = self._conditions(query, many=True)
            select = f"SELECT {execution.COLUMNS} FROM executions{where} ORDER BY {order} LIMIT ? OFFSET ?"
            values = (*where.values, query.limit, query.offset)
            rows = connection.execute(self._sql(select), values).fetchall()
            runs = self._runs_of(connection, [row[0] for row in rows]) if task_runs else {}
        return Page([execution.from_row(row, runs.get(row[0], ())) for row in rows], total)

    def _conditions(self, query: ExecutionQuery, *, many: bool = False) -> Where:
        where = Where()
        where.equal(
            namespace=query.namespace,
            flow_id=query.flow_id,
            parent_id=query.parent_id,
            trigger_execution_id=query.trigger_execution_id,
        )
        where.below("namespace", query.namespace_prefix, many=many)
        where.one_of("state", sorted(state.value for state in query.states))
        for key, value in query.labels.items():
            labelled(where, key, value, many=many)
        if query.text:
            texts(where, query.text, self._database.dialect.contains)
        where.moments("start_date", {">=": query.started_after, "<=": query.started_before})
        if query.child is not None:
            where.add(f"trigger_execution_id IS {'NOT ' if query.child else ''}NULL")
        return where

    def _runs_of(self, connection: Connection, ids: list[str]) -> dict[str, list[TaskRun]]:
        found: dict[str, list[TaskRun]] = {}
        for start in range(0, len(ids), _MOST_IDS):
            where = Where()
            where.one_of("execution_id", ids[start : start + _MOST_IDS])
            sql = self._sql(f"SELECT {task_run.COLUMNS} FROM task_runs{where} ORDER BY number")
            for row in connection.execute(sql, where.values).fetchall():
                run = task_run.from_row(row)
                found.setdefault(run.execution_id, []).append(run)
        return found

    def unfinished(self) -> list[tuple[str, str | None]]:
        """Return (id, owner) of executions that have not ended or still have an owner, oldest first."""
        sql = (
            "SELECT id, owner FROM executions WHERE end_date IS NULL OR owner IS NOT NULL "
            "ORDER BY start_date, id"
        )
        with self._database.read() as connection:
            return [(id_, owner) for id_, owner in connection.execute(sql).fetchall()]

    def take_over(self, executions: Sequence[tuple[str, str | None]], owner: str) -> list[str]:
        """Give unfinished executions another owner, each only if its owner is still the given one."""
        taken = set()
        with self._database.write() as connection:
            # In the order in which the executor writes rows, so that neither waits for the other for ever.
            for id_, known in sorted(executions):
                sql, values = (self._take_free, ()) if known is None else (self._take, (known,))
                if connection.execute(sql, (owner, id_, *values)).rowcount > 0:
                    taken.add(id_)
        return [id_ for id_, _ in executions if id_ in taken]

    def ended(
        self, before: datetime, *, after: tuple[datetime, str] | None = None, limit: int = 100
    ) -> list[Execution]:
        """Return executions that ended before a moment and have no owner, by start date and id."""
        where = Where()
        where.add("end_date IS NOT NULL AND owner IS NULL")
        where.moments("end_date", {"<": before})
        where.moments("start_date", {"<": before})  # follows from the other, and uses the index
        if after is not None:
            where.add("(start_date, id) > (?, ?)", to_text(after[0]), after[1])
        sql = f"SELECT {execution.COLUMNS} FROM executions{where} ORDER BY start_date, id LIMIT ?"
        with self._database.read() as connection:
            rows = connection.execute(self._sql(sql), (*where.values, limit)).fetchall()
        return [execution.from_row(row) for row in rows]

    def delete_ended(self, execution_ids: Sequence[str]) -> int:
        """Remove executions that have ended with all that belongs to them; returns how many."""
        ended = self._sql("DELETE FROM executions WHERE id = ? AND end_date IS NOT NULL AND owner IS NULL")
        with self._database.write() as connection:
            gone = [id_ for id_ in sorted(execution_ids) if connection.execute(ended, (id_,)).rowcount > 0]
            for table in ("task_runs", "execution_labels", "logs", "metrics"):
                sql = self._sql(f"DELETE FROM {table} WHERE execution_id = ?")
                connection.executemany(sql, [(id_,) for id_ in gone])
        return len(gone)

    def delete(self, execution_id: str, *, logs: bool = True, metrics: bool = True) -> bool:
        """Remove the execution with its task runs; tells whether it existed."""
        tables = [
            "task_runs",
            "execution_labels",
            *(["logs"] if logs else []),
            *(["metrics"] if metrics else []),
        ]
        with self._database.write() as connection:
            for table in tables:
                connection.execute(self._sql(f"DELETE FROM {table} WHERE execution_id = ?"), (execution_id,))
            gone = connection.execute(self._sql("DELETE FROM executions WHERE id = ?"), (execution_id,))
            return gone.rowcount > 0


def _order(query: ExecutionQuery) -> str:
    columns = sort_columns(query.sort, EXECUTION_SORTS, "Executions") or [("start_date", True)]
    return ", ".join(_ordered(columns))


def _ordered(columns: Iterable[tuple[str, bool]]) -> Iterator[str]:
    descending: Any = False
    for column, descending in columns:
        last = " NULLS LAST" if column in ("end_date", "duration_us") else ""
        yield f"{column}{' DESC' if descending else ''}{last}"
    yield "id DESC" if descending else "id"
