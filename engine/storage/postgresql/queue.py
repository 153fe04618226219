"""The hand-out of executions: for each a job of PGQueuer, written in the transaction that stores it.

A job is short: whoever gets it becomes the owner, and from then on it is the owner's life that counts (see
`members`). The id of the execution is the job's key, so that there is never more than one. A worker that dies
with a job in its hand lets it go by its heartbeat; and an unfinished execution without owner and without job,
whatever led to it, gets one again.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from engine.errors import StorageError
from engine.storage.postgresql.dialect import SCHEMA
from engine.storage.postgresql.failure import translated

if TYPE_CHECKING:
    from pgqueuer.domain.settings import DBSettings
    from pgqueuer.models import Job

    from engine.storage.ports import Handed
    from engine.storage.postgresql.database import PostgresDatabase

logger = logging.getLogger(__name__)

STALLED = timedelta(seconds=10)
"""After this time without a heartbeat a job is given to another worker."""

BUSY_SECONDS = 0.01
_AGAIN = timedelta(milliseconds=5)
"""How soon to look again when a job is there whose notice was used up by another one."""

_CHANNEL = "flowsmith_jobs"
# Its log says nothing that our rows do not, costs three rows an execution, and would grow for ever.
_NO_LOG = f"""CREATE FUNCTION {SCHEMA}.no_queue_log() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER no_queue_log BEFORE INSERT ON {SCHEMA}.pgqueuer_log
        FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.no_queue_log()"""
_LOST = """SELECT id, COALESCE(owner, '') FROM executions WHERE (end_date IS NULL OR owner IS NOT NULL)
    AND (owner NOT IN (SELECT id FROM members) OR (owner IS NULL AND NOT EXISTS (
        SELECT 1 FROM pgqueuer WHERE dedupe_key = executions.id AND status IN ('queued', 'picked'))))
    ORDER BY start_date, id LIMIT 1000 FOR UPDATE SKIP LOCKED"""

# A job is picked and removed without waiting for the disk: should the server crash just then, it is there
# again, and who picks it finds that the execution has an owner. What is handed out is written with the rest.
_SESSION = {"search_path": SCHEMA, "application_name": "flowsmith", "synchronous_commit": "off"}

Take = Callable[[str], bool]
"""Take an execution up; False when another process was faster or it has ended."""


def settings() -> DBSettings:
    """Return the names of the queue's tables: in our schema, its statistics not written twice."""
    try:
        from pgqueuer.domain.settings import DBSettings, Durability
    except ImportError:
        raise StorageError(
            "A PostgreSQL database needs the queue of the package pgqueuer; install it with "
            "pip install 'flowsmith[postgres]'"
        ) from None
    return DBSettings(db_schema=SCHEMA, channel=_CHANNEL, durability=Durability.balanced)


def install(connection: psycopg.Connection[Any]) -> None:
    """Make the tables of the queue, if they are not there."""
    known = connection.execute(
        "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'pgqueuer'", (SCHEMA,)
    ).fetchone()
    if known is None:
        from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

        script = QueryBuilderEnvironment(settings()).build_install_query(create_schema=False)
        connection.execute(script)
        connection.execute(_NO_LOG)


class PostgresQueue:
    """Executions that wait for a worker."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._settings = settings()

    def put(self, connection: psycopg.Connection[Any], handed: Sequence[Handed]) -> None:
        """Write the jobs of executions, as part of the caller's transaction."""
        from pgqueuer.adapters.drivers.psycopg import SyncPsycopgDriver
        from pgqueuer.adapters.persistence.qb import QueryQueueBuilder
        from pgqueuer.queries import SyncQueries

        queries = SyncQueries(SyncPsycopgDriver(connection), QueryQueueBuilder(self._settings))
        queries.enqueue(
            [one.queue for one in handed],
            [one.execution_id.encode() for one in handed],
            [one.priority for one in handed],
            dedupe_key=[one.execution_id for one in handed],
            on_conflict="skip",
        )

    def release(self, make: Callable[[str], Handed]) -> int:
        """Hand out again what nobody runs and nobody waits for; returns how many."""
        with translated(self._database.place), self._database.write() as connection:
            lost = connection.execute(_LOST).fetchall()
            if lost:
                connection.executemany(
                    "UPDATE executions SET owner = NULL WHERE id = %s", [(id_,) for id_, _ in lost]
                )
                self.put(self._database.raw(connection), [make(id_) for id_, _ in lost])
        return len(lost)

    def depth(self) -> dict[str, int]:
        """Return how many wait, by queue."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT entrypoint, count(*) FROM pgqueuer WHERE status = 'queued' GROUP BY entrypoint "
                "ORDER BY entrypoint"
            ).fetchall()
        return {queue: int(count) for queue, count in rows}

    def oldest(self) -> dict[str, float]:
        """Return for how many seconds the oldest has waited, by queue."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT entrypoint, EXTRACT(EPOCH FROM clock_timestamp() - min(created)) FROM pgqueuer "
                "WHERE status = 'queued' GROUP BY entrypoint ORDER BY entrypoint"
            ).fetchall()
        return {queue: float(seconds) for queue, seconds in rows}

    def consume(
        self, queues: Sequence[str], most: int, room: Callable[[], bool], take: Take
    ) -> Callable[[], None]:
        """Take executions up as long as there is `room`; returns the end of it."""
        consumer = _Consumer(self._database.url, self._settings, queues, most, room, take)
        consumer.start()
        return consumer.close


class _Consumer(threading.Thread):
    """A thread that waits for jobs of some queues."""

    def __init__(
        self,
        url: str,
        settings: DBSettings,
        queues: Sequence[str],
        most: int,
        room: Callable[[], bool],
        take: Take,
    ) -> None:
        super().__init__(name="queue", daemon=True)
        self._url = url
        self._settings = settings
        self._queues = queues
        self._batch = max(1, min(10, most // 2))
        self._room = room
        self._take = take
        self._over = threading.Event()

    def run(self) -> None:
        """Serve until closed; a connection that breaks is opened anew."""
        pause = 0.1
        while not self._over.is_set():
            try:
                asyncio.run(self._serve())
                pause = 0.1
            except Exception as error:
                if not self._over.is_set():
                    logger.warning("the queue cannot be read, trying again in %.1f s: %s", pause, error)
                self._over.wait(pause)
                pause = min(pause * 2, 5.0)

    async def _serve(self) -> None:
        import asyncpg  # type: ignore[import-untyped]
        from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
        from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
        from pgqueuer.qm import QueueManager
        from pgqueuer.queries import Queries

        class Undeferred(Queries):
            """No job of ours waits for a date, so nobody need ask for those that do."""

            async def next_deferred_eta(self, entrypoints: list[Any]) -> None:
                """Return when the next one is due: never."""

            async def queued_work(self, entrypoints: list[Any]) -> int:
                """Return how many there are besides those that may be picked."""
                return 0

        connection = await asyncpg.connect(self._url, server_settings=_SESSION)
        try:
            queries = Undeferred(
                AsyncpgDriver(connection),
                QueryBuilderEnvironment(self._settings),
                QueryQueueBuilder(self._settings),
            )
            manager = QueueManager(queries, channel=self._settings.channel)
            manager.min_dequeue_poll_interval = _AGAIN
            for name in self._queues:
                manager.entrypoint(name)(self._job)
            watching = asyncio.create_task(self._watch(manager.shutdown))
            await manager.run(
                batch_size=self._batch,
                max_concurrent_tasks=2 * self._batch,
                dequeue_timeout=timedelta(seconds=5),
                heartbeat_timeout=STALLED,
                shutdown_on_listener_failure=True,
                log_aggregation_interval=timedelta(0),
            )
            await watching
        finally:
            await connection.close(timeout=2)

    async def _watch(self, shutdown: asyncio.Event) -> None:
        while not self._over.is_set() and not shutdown.is_set():
            await asyncio.sleep(0.1)
        shutdown.set()

    async def _job(self, job: Job) -> None:
        """Become the owner as soon as there is room; while closing, leave the job to others."""
        from pgqueuer.errors import RetryRequested

        while not self._room():
            if self._over.is_set():
                raise RetryRequested(delay=timedelta(0), reason="this worker stops")
            await asyncio.sleep(BUSY_SECONDS)
        execution_id = (job.payload or b"").decode()
        await asyncio.get_running_loop().run_in_executor(None, self._take, execution_id)

    def close(self) -> None:
        """Take nothing more."""
        self._over.set()
        self.join(10)
