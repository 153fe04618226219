"""Calls from one process to another: a row for what is asked and for the answer, a signal for each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from engine.errors import OwnerLost
from engine.model.id import new_id
from engine.model.json import Json, loads
from engine.storage.postgresql.database import PostgresDatabase
from engine.storage.postgresql.signals import TELL
from engine.storage.sql.text import json_text

LOOK_SECONDS = 0.5
"""How soon an answer is looked for whose signal was lost."""


class PostgresCalls:
    """Calls to the owners of executions."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._waiting: dict[str, threading.Event] = {}

    def ask(self, member: str, request: Json, seconds: float, alive: Callable[[], bool]) -> Json:
        """Ask a process and return its answer; raises TimeoutError when there is none in time, and OwnerLost
        when the process is no longer alive."""
        call, answered = new_id(), threading.Event()
        with self._lock:
            self._waiting[call] = answered
        try:
            with self._database.write() as connection:
                connection.execute(
                    "INSERT INTO calls (id, member, request, asked) VALUES (%s, %s, %s, clock_timestamp())",
                    (call, member, json_text(request)),
                )
                connection.execute(TELL, (f"call {member}",))
            deadline = time.monotonic() + seconds
            while (answer := self._answer(call)) is None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(member)
                if not answered.wait(min(LOOK_SECONDS, left)) and not alive():
                    raise OwnerLost("The process that was asked is gone")
            return loads(answer)
        finally:
            with self._lock:
                self._waiting.pop(call, None)
            with self._database.write() as connection:
                connection.execute("DELETE FROM calls WHERE id = %s", (call,))

    def _answer(self, call: str) -> str | None:
        with self._database.read() as connection:
            row = connection.execute("SELECT answer FROM calls WHERE id = %s", (call,)).fetchone()
        return None if row is None else row[0]

    def answered(self, call: str) -> None:
        """Take notice that a call was answered; it may be another process's."""
        with self._lock:
            waiting = self._waiting.get(call)
        if waiting is not None:
            waiting.set()

    def serve(self, member: str, perform: Callable[[Json], Json]) -> None:
        """Answer every call to this process; each is performed once, whatever becomes of its caller."""
        while (row := self._next(member)) is not None:
            call, request = row
            answer = json_text(perform(loads(request)))
            with self._database.write() as connection:
                connection.execute("UPDATE calls SET answer = %s WHERE id = %s", (answer, call))
                connection.execute(TELL, (f"answer {call}",))

    def _next(self, member: str) -> Any:
        with self._database.write() as connection:
            return connection.execute(
                "UPDATE calls SET taken = TRUE WHERE id = (SELECT id FROM calls WHERE member = %s "
                "AND NOT taken ORDER BY asked LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id, request",
                (member,),
            ).fetchone()
