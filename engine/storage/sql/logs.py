"""Log entries and metrics, on a database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from engine.model.log import Level, LogEntry, Metric
from engine.model.moment import to_text
from engine.storage.ports import Page
from engine.storage.sql import log
from engine.storage.sql.database import Connection, Database
from engine.storage.sql.where import Where, pattern


class SqlLogs:
    """The part of the execution store that reads and removes logs and metrics."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = database.dialect.sql

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
        where = Where()
        where.equal(
            execution_id=execution_id,
            namespace=namespace,
            flow_id=flow_id,
            task_id=task_id,
            task_run_id=task_run_id,
            attempt=attempt,
        )
        if min_level is not None and min_level.rank > 0:
            where.add("level >= ?", min_level.rank)
        if text:
            where.add(rf"message {self._database.dialect.contains} ? ESCAPE '\'", pattern(text))
        where.moments("timestamp", {">=": started_after, "<=": started_before})
        if after_index:
            where.add("number > ?", after_index)
        return self._page(where, newest_first=newest_first, offset=offset, limit=limit)

    def _page(self, where: Where, *, newest_first: bool, offset: int, limit: int | None) -> Page[LogEntry]:
        order = "DESC" if newest_first else "ASC"
        sql = f"SELECT {log.LOG_COLUMNS} FROM logs{where} ORDER BY number {order}"
        values = list(where.values)
        if limit is not None or offset:
            sql += " LIMIT ? OFFSET ?"
            values += [1 << 62 if limit is None else limit, offset]
        with self._database.read() as connection:
            rows = connection.execute(self._sql(sql), values).fetchall()
            total = offset + len(rows)
            if (limit is not None and len(rows) == limit) or (offset and not rows):
                total = self._count(connection, "logs", where)
        return Page([log.log_from(row) for row in rows], total)

    def _count(self, connection: Connection, table: str, where: Where) -> int:
        sql = self._sql(f"SELECT COUNT(*) FROM {table}{where}")
        (count,) = connection.execute(sql, where.values).fetchone()
        return int(count)

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
        where = Where()
        where.equal(execution_id=execution_id, namespace=namespace, flow_id=flow_id, task_id=task_id)
        where.below("namespace", namespace_prefix)
        where.one_of("level", _ranks(levels))
        if min_level is not None and min_level.rank > 0:
            where.add("level >= ?", min_level.rank)
        where.moments("timestamp", {">=": after, "<": before})
        if of_execution is not None:
            where.add(f"execution_id IS {'NOT ' if of_execution else ''}NULL")
        with self._database.write() as connection:
            return connection.execute(self._sql(f"DELETE FROM logs{where}"), where.values).rowcount

    def old_logs(
        self, before: datetime, *, after: tuple[datetime, int] | None = None, limit: int = 1000
    ) -> list[LogEntry]:
        """Return log entries written before a moment, by their moment and index."""
        where = Where()
        where.moments("timestamp", {"<": before})
        if after is not None:
            where.add("(timestamp, number) > (?, ?)", to_text(after[0]), after[1])
        sql = f"SELECT {log.LOG_COLUMNS} FROM logs{where} ORDER BY timestamp, number LIMIT ?"
        with self._database.read() as connection:
            rows = connection.execute(self._sql(sql), (*where.values, limit)).fetchall()
        return [log.log_from(row) for row in rows]

    def delete_log_entries(self, indexes: Sequence[int]) -> int:
        """Remove log entries in one transaction; returns how many."""
        sql, gone = self._sql("DELETE FROM logs WHERE number = ?"), 0
        with self._database.write() as connection:
            for index in sorted(indexes):
                gone += connection.execute(sql, (index,)).rowcount
        return gone

    def metrics(self, execution_id: str) -> list[Metric]:
        """Return the metrics of an execution in order of publication."""
        sql = self._sql("SELECT data FROM metrics WHERE execution_id = ? ORDER BY number")
        with self._database.read() as connection:
            rows = connection.execute(sql, (execution_id,)).fetchall()
        return [metric for (data,) in rows for metric in log.metrics_from(execution_id, data)]

    def metrics_of_flow(
        self, namespace: str, flow_id: str, *, started_after: datetime | None = None
    ) -> list[Metric]:
        """Return the metrics of all executions of a flow, the oldest execution first."""
        where = Where()
        where.equal(namespace=namespace, flow_id=flow_id)
        where.moments("start_date", {">=": started_after})
        sql = self._sql(
            "SELECT execution_id, metrics.data FROM metrics "
            f"JOIN executions ON executions.id = metrics.execution_id{where} "
            "ORDER BY start_date, execution_id, metrics.number"
        )
        with self._database.read() as connection:
            rows = connection.execute(sql, where.values).fetchall()
        return [metric for id_, data in rows for metric in log.metrics_from(id_, data)]


def _ranks(levels: Iterable[Level]) -> list[int]:
    return sorted(level.rank for level in levels)
