"""Measures what an execution of two light tasks costs, with one worker and a PostgreSQL that syncs."""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from engine.engine import Engine, EngineOptions
from engine.storage.ports import ExecutionQuery
from tests.chaos.fleet import KEY, Fleet, Process
from tests.postgres import Database, Server

CORE = "io.kestra.plugin.core"
FLOW = f"""id: two
namespace: bench
tasks:
  - {{id: value, type: {CORE}.debug.Return, format: "{{{{ execution.id }}}}"}}
  - {{id: log, type: {CORE}.log.Log, message: "{{{{ outputs.value.value }}}}"}}
"""
TASKS = 2
_WIDTH = 2000
WIDE = f"""id: wide
namespace: bench
tasks:
  - id: each
    type: {CORE}.flow.ForEach
    values: "{{{{ range(1, {_WIDTH}) }}}}"
    concurrencyLimit: 0
    tasks:
      - {{id: log, type: {CORE}.log.Log, message: "{{{{ taskrun.value }}}}"}}
"""
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "shared_buffers": "256MB",
    "max_connections": "120",
}
_IDLE, _WARM, _FULL, _RATED, _SECONDS = 60, 200, 1500, (40.0,), 8.0
_COMMITTERS = (1, 8)
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Costs:
    """Per execution of two light tasks, in one situation. CPU in milliseconds, everything else as it says."""

    executions: int
    rate: float
    """Executions ended a second, from the first start to the last end."""
    worker_cpu_ms: float
    server_cpu_ms: float
    database_cpu_ms: float
    commits: float
    """Transactions that write."""
    row_writes: float
    wal_bytes: float
    table_bytes: float
    """Tables and indexes grown, before anything was purged."""
    p50_ms: float
    p95_ms: float
    processors: float
    """How many processors other work on the machine left over meanwhile."""


@dataclass(frozen=True, slots=True)
class Commits:
    """Transactions of one row a second, by so many clients at once."""

    clients: int
    plain_per_second: float
    notifying_per_second: float
    p50_ms: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything the simulation needs to know, and what it is checked against."""

    date: str
    cores: int
    idle: Costs
    """One at a time."""
    rated: Costs
    """Offered at a rate that leaves room."""
    full: Costs
    """As many as one worker does."""
    two_workers: Costs
    """As many as two workers do."""
    wide: Costs
    """Two task runs among thousands side by side in one execution: as many in a transaction as can be."""
    commits: list[Commits]
    connections_per_worker: float
    worker_megabytes: float


def measure() -> dict[str, object]:
    """Run everything, for about a minute."""
    server = Server(SETTINGS)
    server.start()
    try:
        database = server.make()
        with tempfile.TemporaryDirectory() as folder, _engine(database, Path(folder)) as engine:
            fleet = Fleet(database, Path(folder))
            try:
                return asdict(_measured(_Bench(engine, database, server, fleet)))
            finally:
                fleet.close()
    finally:
        server.stop()


def _measured(bench: _Bench) -> Measured:
    bench.engine.save(FLOW)
    bench.engine.save(WIDE)
    first = bench.worker()
    before = bench.connections()
    bench.costs(lambda: bench.burst(_WARM))
    idle = bench.costs(lambda: bench.one_by_one(_IDLE))
    rated = bench.costs(lambda: bench.at_rate(_RATED[0], _SECONDS))
    full = bench.costs(lambda: bench.burst(_FULL))
    wide = bench.costs(bench.one_wide, each=_WIDTH // TASKS)
    megabytes = _megabytes(first)
    bench.worker()
    connections = bench.connections() - before
    two = bench.costs(lambda: bench.burst(_FULL))
    commits = [_commits(bench.database, clients) for clients in _COMMITTERS]
    return Measured(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        cores=os.cpu_count() or 1,
        idle=idle,
        rated=rated,
        full=full,
        two_workers=two,
        wide=wide,
        commits=commits,
        connections_per_worker=float(connections),
        worker_megabytes=megabytes,
    )


class _Bench:
    def __init__(self, engine: Engine, database: Database, server: Server, fleet: Fleet) -> None:
        self.engine = engine
        self.database = database
        self._server = server
        self._fleet = fleet

    def worker(self) -> Process:
        return self._fleet.launch("worker", "--threads", "8").wait_ready()

    # -- load; each returns the ids

    def one_by_one(self, count: int) -> list[str]:
        return [self.engine.wait(self.engine.start("bench", "two").id, 60).id for _ in range(count)]

    def burst(self, count: int) -> list[str]:
        return self._drained([self.engine.start("bench", "two").id for _ in range(count)])

    def one_wide(self) -> list[str]:
        return [self.engine.wait(self.engine.start("bench", "wide").id, 300).id]

    def at_rate(self, rate: float, seconds: float) -> list[str]:
        began, ids = time.monotonic(), []
        for number in range(int(rate * seconds)):
            threading.Event().wait(max(0.0, began + number / rate - time.monotonic()))
            ids.append(self.engine.start("bench", "two").id)
        return self._drained(ids)

    def _drained(self, ids: list[str]) -> list[str]:
        while self.engine.store.executions.unfinished():
            threading.Event().wait(0.1)
        return ids

    # -- what it cost

    def costs(self, load: Callable[[], list[str]], each: int = 1) -> Costs:
        """Return what a load costs; each of its executions counts for so many."""
        self._vacuum()
        before, machine = self._counted(), _machine()
        ids = load()
        idle, all_ = (now - then for now, then in zip(_machine(), machine, strict=True))
        ours = sum(self._counted()[name] - before[name] for name in ("worker", "server", "database"))
        after = self._settled()
        wanted, count = set(ids), len(ids) * each
        per = {name: (after[name] - before[name]) / count for name in before}
        found = [
            one.history
            for one in self.engine.store.executions.search(
                ExecutionQuery(namespace="bench", limit=1_000_000)
            ).results
            if one.id in wanted
        ]
        ends = [one.ended for one in found if one.ended is not None]
        span = (max(ends) - min(one.started for one in found)).total_seconds()
        delays = sorted(
            (one.ended - one.started).total_seconds() * 1e3 for one in found if one.ended is not None
        )
        return Costs(
            executions=count,
            rate=count / span,
            worker_cpu_ms=per["worker"] * 1e3,
            server_cpu_ms=per["server"] * 1e3,
            database_cpu_ms=per["database"] * 1e3,
            commits=per["commits"],
            row_writes=per["rows"],
            wal_bytes=per["wal"],
            table_bytes=per["size"],
            p50_ms=statistics.median(delays),
            p95_ms=delays[int(len(delays) * 0.95)],
            processors=min(1.0, (ours + idle) / all_) * (os.cpu_count() or 1),
        )

    def _vacuum(self) -> None:
        self.database.rows("VACUUM ANALYZE")
        self.database.rows("CHECKPOINT")

    def _counted(self) -> dict[str, float]:
        ((commits, wal, size, rows),) = self.database.rows(
            "SELECT pg_snapshot_xmax(pg_current_snapshot())::text, "  # only what writes gets a number
            "pg_current_wal_lsn() - '0/0', "
            "(SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables "
            " WHERE schemaname = 'flowsmith'), "
            "(SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables "
            " WHERE schemaname = 'flowsmith' AND relname NOT IN ('members', 'calls'))"
        )
        return {
            "commits": float(commits),
            "wal": float(wal),
            "size": float(size),
            "rows": float(rows),
            "worker": sum(_cpu(process.pid) for process in self._fleet.of("worker")),
            "server": _cpu(os.getpid()),
            "database": _cpu_of_family(self._server.pid),
        }

    def _settled(self) -> dict[str, float]:
        """Return the counts once the server has counted the last transactions, which it does late."""
        while True:
            before = self._counted()["rows"]
            threading.Event().wait(2)
            after = self._counted()
            if after["rows"] == before:
                return after

    def connections(self) -> int:
        ((count,),) = self.database.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'flowsmith'"
        )
        return int(count)


def _cpu(pid: int, *, children: bool = False) -> float:
    """Return the seconds of CPU a process has used, with those of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = fields[11:15] if children else fields[11:13]
    return sum(map(int, ticks)) / _TICK


def _machine() -> tuple[float, float]:
    """Return the seconds that the processors of this machine have been idle, and all their seconds."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (ticks[3] + ticks[4]) / _TICK, sum(ticks) / _TICK


def _cpu_of_family(pid: int) -> float:
    """Return the seconds of CPU of PostgreSQL: its first process and all that it started."""
    total = _cpu(pid, children=True)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                    total += _cpu(int(entry.name))
            except OSError:  # it has just ended
                continue
    return total


def _megabytes(process: Process) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


# -- commits alone


def _commits(database: Database, clients: int, seconds: float = 2.0) -> Commits:
    database.rows("DROP TABLE IF EXISTS public.bench")
    database.rows("CREATE TABLE public.bench (id int PRIMARY KEY, n int)")
    database.rows("INSERT INTO public.bench SELECT n, 0 FROM generate_series(1, 100) n")
    update = "UPDATE public.bench SET n = n + 1 WHERE id = %s"
    plain, delays = _hammer(database, clients, seconds, update)
    notifying, _ = _hammer(database, clients, seconds, f"{update}; SELECT pg_notify('bench', '')")
    return Commits(clients, plain, notifying, statistics.median(delays) * 1e3)


def _hammer(database: Database, clients: int, seconds: float, sql: str) -> tuple[float, list[float]]:
    delays: list[float] = []
    end = time.monotonic() + seconds

    def client(number: int) -> None:
        with psycopg.connect(database.url, autocommit=True, cursor_factory=psycopg.ClientCursor) as one:
            while (began := time.monotonic()) < end:
                one.execute(sql, (number,))
                delays.append(time.monotonic() - began)

    threads = [threading.Thread(target=client, args=(number + 1,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(delays) / seconds, delays


@contextmanager
def _engine(database: Database, folder: Path) -> Iterator[Engine]:
    options = EngineOptions(
        home=folder / "server",
        database_url=database.url,
        storage_url=f"file://{folder}/files",
        environment={},
        encryption_key=KEY,
        schedule=False,
        role="server",
        threads=1,
    )
    with Engine.open(options) as engine:
        yield engine
