"""What goes along with every step of an executor: jobs for what it hands out, word of what has changed."""

from __future__ import annotations

from collections.abc import Iterable

from engine.model.state import State
from engine.storage.ports import Changes
from engine.storage.postgresql.database import PostgresDatabase
from engine.storage.postgresql.queue import PostgresQueue
from engine.storage.postgresql.signals import TELL
from engine.storage.sql.database import Connection

CHANGED = "run"
"""Topic of the signals: the writer, then executions with a letter each: `x` has ended or paused, `e` has
changed otherwise, `t` has new task runs or log entries."""

_MOST = 250


class PostgresBeside:
    """Written in the same transaction, so that neither a job nor a word is lost or comes too early."""

    def __init__(self, queue: PostgresQueue) -> None:
        self._queue = queue

    def finish(self, connection: Connection, changes: Iterable[Changes], owner: str | None) -> None:
        """Write what goes along with the changes of a transaction."""
        touched: dict[str, str] = {}
        for one in changes:
            if one.handed:
                self._queue.put(PostgresDatabase.raw(connection), one.handed)
            for run in one.task_runs.values():
                touched.setdefault(run.execution_id, "t")
            for entry in one.logs:
                if entry.execution_id is not None:
                    touched.setdefault(entry.execution_id, "t")
            for execution in one.executions.values():
                stops = execution.state.ended or execution.state is State.PAUSED
                touched[execution.id] = "x" if stops else "e"
        words = [f"{id_}{letter}" for id_, letter in touched.items()]
        for start in range(0, len(words), _MOST):
            text = f"{CHANGED} {owner or '-'} {','.join(words[start : start + _MOST])}"
            connection.execute(TELL, (text,))
