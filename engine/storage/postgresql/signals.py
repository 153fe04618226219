"""What processes on one database tell each other: by NOTIFY, a topic and a text; one listener a process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import psycopg

from engine.errors import StorageError
from engine.storage.postgresql.database import Pg, PostgresDatabase
from engine.storage.postgresql.failure import translated

logger = logging.getLogger(__name__)

CHANNEL = "flowsmith"
TELL = f"SELECT pg_notify('{CHANNEL}', %s)"
_WAIT_SECONDS = 0.2


class PostgresSignals:
    """Signals between processes. They may be lost when a connection breaks; `missed` is called then."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._heard: list[Callable[[str, str], None]] = []

    def tell(self, topic: str, text: str) -> None:
        """Tell all processes, this one too. The text may have some thousand characters."""
        with self._database.write() as connection:
            connection.execute(TELL, (f"{topic} {text}",))

    def listen(self, receive: Callable[[str, str], None], missed: Callable[[], None]) -> None:
        """Call `receive(topic, text)` for every signal from now on, on one thread; it must not take long."""
        first = self._open()
        self._thread = threading.Thread(
            target=self._run, args=(first, receive, missed), name="signals", daemon=True
        )
        self._thread.start()

    def _open(self) -> Pg:
        with translated(self._database.place):
            connection = self._database.connect()
            try:
                connection.execute(f"LISTEN {CHANNEL}")
            except BaseException:
                connection.close()
                raise
            return connection

    def _run(self, first: Pg, receive: Callable[[str, str], None], missed: Callable[[], None]) -> None:
        connection: Pg | None = first
        while not self._over.is_set():
            try:
                if connection is None:
                    connection = self._open()
                    missed()
                for note in connection.notifies(timeout=_WAIT_SECONDS):
                    topic, _, text = note.payload.partition(" ")
                    _safely(receive, topic, text)
            except (psycopg.Error, StorageError) as error:
                logger.warning("signals of other processes cannot be heard: %s", error)
                if connection is not None:
                    connection.close()
                connection = None
                self._over.wait(_WAIT_SECONDS)
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """Listen no more."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(10)


def _safely(receive: Callable[[str, str], None], topic: str, text: str) -> None:
    try:
        receive(topic, text)
    except Exception:
        logger.exception("a signal of another process could not be handled: %s", topic)
