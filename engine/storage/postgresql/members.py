"""Who is alive: processes say so every second, and hold a lock that ends with them.

A process is dead when it has said nothing for 8 s (it is frozen, or cut off), or for 3 s and its lock is
gone as well (it was killed). The clock is the server's, so those of the machines do not matter; and a server
that has just started declares nobody dead, because everybody has to come back first. What is declared dead
has no row any more, and a transaction of it finds that out before it writes (the fence of the dialect).
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress

import psycopg

from engine.errors import StorageError
from engine.storage.postgresql.calls import PostgresCalls
from engine.storage.postgresql.database import Pg, PostgresDatabase
from engine.storage.postgresql.failure import translated
from engine.storage.postgresql.queue import PostgresQueue
from engine.storage.postgresql.signals import PostgresSignals
from engine.storage.sql.schema import MIGRATIONS

SILENT_SECONDS = 8
KILLED_SECONDS = 3
_LOCK = 7077

_BURY = f"""DELETE FROM members WHERE id IN (SELECT id FROM members
    WHERE pg_postmaster_start_time() < clock_timestamp() - make_interval(secs => %s)
    AND (beat < clock_timestamp() - interval '{SILENT_SECONDS} s'
        OR (beat < clock_timestamp() - interval '{KILLED_SECONDS} s' AND NOT EXISTS (
            SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted
            AND classid = {_LOCK} AND objsubid = 2
            AND objid = (hashtext(members.id)::bigint & 4294967295)::oid
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))))"""
# One that is in the middle of a transaction is left alone: the server ends that after a while.
_BURY_ALL = f"{_BURY} FOR UPDATE SKIP LOCKED)"
_BURY_ONE = f"{_BURY} AND id = %s FOR UPDATE SKIP LOCKED)"
# Between statements that do not wait for their answers a backend is never idle to the server, so that its
# own limit for idle transactions does not end one whose process is frozen or cut off.
_END_FROZEN = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'flowsmith' AND usename = current_user
    AND state = 'active' AND wait_event = 'ClientRead' AND xact_start IS NOT NULL
    AND state_change < clock_timestamp() - make_interval(secs => %s)"""
FROZEN_SECONDS = 10
_LEFT = """SELECT EXISTS (SELECT 1 FROM executions WHERE (end_date IS NULL OR owner IS NOT NULL)
    AND (owner NOT IN (SELECT id FROM members) OR (owner IS NULL AND NOT EXISTS (
        SELECT 1 FROM pgqueuer WHERE dedupe_key = executions.id AND status IN ('queued', 'picked')))))"""

_OWNED = """SELECT role, host, (SELECT count(*) FROM executions
        WHERE owner = members.id AND (end_date IS NULL OR owner IS NOT NULL)),
    EXTRACT(EPOCH FROM clock_timestamp() - beat) FROM members ORDER BY entered, id"""


class PostgresMembers:
    """The processes that run executions of one database.

    A server that has been up for less than `calm_seconds` declares nobody dead. A transaction of a process
    from which nothing was heard for `frozen_seconds` is ended.
    """

    def __init__(
        self,
        database: PostgresDatabase,
        calm_seconds: float = SILENT_SECONDS,
        frozen_seconds: float = FROZEN_SECONDS,
    ) -> None:
        self._database = database
        self._calm = calm_seconds
        self._frozen = frozen_seconds
        self._lock = threading.Lock()
        self.signals = PostgresSignals(database)
        self.calls = PostgresCalls(database)
        self.queue = PostgresQueue(database)
        self._own: dict[str, Pg] = {}

    def enter(self, member: str, role: str) -> None:
        """Take a process in; from now on it has to beat."""
        with translated(self._database.place):
            connection = self._holding(member)
            connection.execute(
                "INSERT INTO members (id, role, host, schema_number, entered, beat) "
                "VALUES (%s, %s, %s, %s, clock_timestamp(), clock_timestamp())",
                (member, role, socket.gethostname(), len(MIGRATIONS)),
            )

    def beat(self, member: str) -> bool:
        """Say that a process of this machine is alive; False when it was declared dead meanwhile."""
        with translated(self._database.place):
            with self._lock:
                connection = self._own.get(member)
            try:
                if connection is None or connection.closed:
                    connection = self._holding(member)
                cursor = connection.execute(
                    "UPDATE members SET beat = clock_timestamp() WHERE id = %s", (member,)
                )
            except psycopg.Error:
                if connection is not None:
                    connection.close()
                raise
            return cursor.rowcount > 0

    def _holding(self, member: str) -> Pg:
        """Return a connection that holds the lock of a process."""
        connection = self._database.connect()
        try:
            connection.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_LOCK, member))
        except BaseException:
            connection.close()
            raise
        with self._lock:
            former = self._own.pop(member, None)
            self._own[member] = connection
        if former is not None:
            former.close()
        return connection

    def alive(self, member: str) -> bool:
        """Tell whether a process is alive; one that is not is declared dead by this."""
        with self._database.write() as connection:
            connection.execute(_BURY_ONE, (self._calm, member))
            found = connection.execute("SELECT 1 FROM members WHERE id = %s", (member,)).fetchone()
        return found is not None

    def bury(self) -> bool:
        """Declare dead who is; tells whether an unfinished execution belongs to one that is not alive."""
        with self._database.write() as connection:
            connection.execute(_END_FROZEN, (self._frozen,))
            connection.execute(_BURY_ALL, (self._calm,))
            (left,) = connection.execute(_LEFT).fetchone()
        return bool(left)

    def first(self, roles: Sequence[str]) -> str | None:
        """Return the process of these roles that has been here longest."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT id FROM members WHERE role = ANY(%s) ORDER BY entered, id LIMIT 1", (list(roles),)
            ).fetchone()
        return None if row is None else str(row[0])

    def roles(self) -> dict[str, int]:
        """Return how many processes there are, by role."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT role, count(*) FROM members GROUP BY role ORDER BY role"
            ).fetchall()
        return {role: int(count) for role, count in rows}

    def owned(self) -> list[tuple[str, str, int, float]]:
        """Return role, host, number of executions and seconds since the last beat of every process."""
        with self._database.read() as connection:
            rows = connection.execute(_OWNED).fetchall()
        return [(role, host, int(count), float(silent)) for role, host, count, silent in rows]

    def leave(self, member: str) -> None:
        """Let a process go that ends in order."""
        with suppress(StorageError), translated(self._database.place), self._database.write() as connection:
            connection.execute("DELETE FROM members WHERE id = %s", (member,))
        with self._lock:
            own = self._own.pop(member, None)
        if own is not None:
            own.close()

    def close(self) -> None:
        """Release every connection."""
        self.signals.close()
        with self._lock:
            owned, self._own = list(self._own.values()), {}
        for connection in owned:
            connection.close()
