"""A chat memory in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from psycopg import Connection, sql

from copilot.plugins.ai._memory import ChatMemory
from copilot.plugins.ai._postgres import connected
from engine.model.json import Json, dumps, loads
from engine.plugin import RunContext, Text


class PostgreSQL(ChatMemory):
    """Remember a chat in a table of PostgreSQL; the table is made if it is missing.

    Its columns are `memory_id`, `memory_json` and `expires_at`.
    """

    host: Text
    """Name or address of the server."""

    port: int = 5432
    """Its port."""

    database: Text
    """The database."""

    user: Text
    """The user."""

    password: Text
    """The password, best kept as a secret."""

    table_name: Text = "chat_memory"
    """The table; `schema.table` for one of another schema."""

    def load(self, ctx: RunContext, key: str) -> list[Json]:
        """Return the row's messages."""
        with self._connected(ctx) as connection:
            found = connection.execute(
                self._sql("SELECT memory_json FROM {} WHERE memory_id = %s AND expires_at > %s"),
                (key, ctx.clock()),
            ).fetchone()
        return list(loads(found[0])) if found else []

    def save(self, ctx: RunContext, key: str, messages: list[Json], expires: datetime) -> None:
        """Write the row."""
        with self._connected(ctx) as connection:
            connection.execute(
                self._sql(
                    "INSERT INTO {} (memory_id, memory_json, expires_at) VALUES (%s, %s, %s) "
                    "ON CONFLICT (memory_id) DO UPDATE SET memory_json = EXCLUDED.memory_json, "
                    "expires_at = EXCLUDED.expires_at"
                ),
                (key, dumps(messages).decode(), expires),
            )

    def forget(self, ctx: RunContext, key: str) -> None:
        """Delete the row."""
        with self._connected(ctx) as connection:
            connection.execute(self._sql("DELETE FROM {} WHERE memory_id = %s"), (key,))

    def _sql(self, text: str) -> sql.Composed:
        return sql.SQL(text).format(sql.Identifier(*self.table_name.split(".")))

    @contextmanager
    def _connected(self, ctx: RunContext) -> Iterator[Connection[Any]]:
        with connected(
            ctx,
            "memory",
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=self.database,
        ) as connection:
            connection.execute(
                self._sql(
                    "CREATE TABLE IF NOT EXISTS {} (memory_id TEXT PRIMARY KEY, memory_json TEXT NOT NULL, "
                    "expires_at TIMESTAMPTZ NOT NULL)"
                )
            )
            yield connection
