"""States of triggers, on a database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.model.moment import from_text, to_text
from engine.storage.ports import TriggerState
from engine.storage.sql.database import Connection, Database, guard
from engine.storage.sql.text import json_from, json_or_null, moment_from, moment_or_null

_COLUMNS = (
    "namespace, flow_id, trigger_id, kind, updated, next_date, last_date, last_triggered, execution_id, "
    "disabled, backfill, facts"
)
_REPLACED = _COLUMNS.split(", ")[3:]
_KEY = "namespace = ? AND flow_id = ? AND trigger_id = ?"


class SqlTriggers:
    """States of triggers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        sql = database.dialect.sql
        update = ", ".join(f"{column} = excluded.{column}" for column in _REPLACED)
        self._get = sql(f"SELECT {_COLUMNS} FROM trigger_states WHERE {_KEY}")
        self._save = sql(
            f"INSERT INTO trigger_states ({_COLUMNS}) VALUES ({', '.join('?' * 12)}) "
            f"ON CONFLICT (namespace, flow_id, trigger_id) DO UPDATE SET {update}"
        )
        self._of_flow = sql(
            f"SELECT {_COLUMNS} FROM trigger_states WHERE namespace = ? AND flow_id = ? ORDER BY trigger_id"
        )
        self._delete = sql(f"DELETE FROM trigger_states WHERE {_KEY}")

    def get(self, namespace: str, flow_id: str, trigger_id: str) -> TriggerState | None:
        """Return the state, or None before the first evaluation."""
        with self._database.read() as connection:
            return self._read(connection, namespace, flow_id, trigger_id)

    def _read(self, connection: Connection, *key: str) -> TriggerState | None:
        row = connection.execute(self._get, key).fetchone()
        return None if row is None else _state(row)

    def save(self, state: TriggerState) -> None:
        """Insert or replace the state."""
        with self._database.write() as connection:
            guard(connection, self._database.dialect, "trigger", *state.key)
            connection.execute(self._save, _values(state))

    def update(
        self,
        namespace: str,
        flow_id: str,
        trigger_id: str,
        change: Callable[[TriggerState | None], TriggerState | None],
    ) -> TriggerState | None:
        """Read, change and write in one transaction; `change` must not use the store itself."""
        with self._database.write() as connection:
            guard(connection, self._database.dialect, "trigger", namespace, flow_id, trigger_id)
            before = self._read(connection, namespace, flow_id, trigger_id)
            after = change(before)
            if after is None:
                return before
            connection.execute(self._save, _values(after))
            return after

    def delete(self, namespace: str, flow_id: str, trigger_id: str) -> bool:
        """Forget the trigger; tells whether it was known."""
        with self._database.write() as connection:
            guard(connection, self._database.dialect, "trigger", namespace, flow_id, trigger_id)
            return connection.execute(self._delete, (namespace, flow_id, trigger_id)).rowcount > 0

    def of_flow(self, namespace: str, flow_id: str) -> list[TriggerState]:
        """Return the states of one flow's triggers, by trigger."""
        with self._database.read() as connection:
            return [_state(row) for row in connection.execute(self._of_flow, (namespace, flow_id)).fetchall()]

    def all(self) -> list[TriggerState]:
        """Return every state, by namespace, flow and trigger."""
        sql = f"SELECT {_COLUMNS} FROM trigger_states ORDER BY namespace, flow_id, trigger_id"
        with self._database.read() as connection:
            return [_state(row) for row in connection.execute(sql).fetchall()]


def _values(state: TriggerState) -> tuple[Any, ...]:
    return (
        *state.key,
        state.kind,
        to_text(state.updated),
        moment_or_null(state.next_date),
        moment_or_null(state.last_date),
        moment_or_null(state.last_triggered),
        state.execution_id,
        int(state.disabled),
        json_or_null(state.backfill),
        json_or_null(state.facts),
    )


def _state(row: Any) -> TriggerState:
    namespace, flow_id, trigger_id, kind, updated, *dates, execution_id, disabled, backfill, facts = row
    next_date, last_date, last_triggered = (moment_from(date) for date in dates)
    return TriggerState(
        namespace,
        flow_id,
        trigger_id,
        kind,
        from_text(updated),
        next_date=next_date,
        last_date=last_date,
        last_triggered=last_triggered,
        execution_id=execution_id,
        disabled=bool(disabled),
        backfill=json_from(backfill),
        facts=json_from(facts),
    )
