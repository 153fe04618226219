"""Many processes on one PostgreSQL: hand-out, rate, speed-up by a second worker, writes, take-over, memory.

Everything runs on this machine, the server included, with fsync and vacuum on: ratios are of one run.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.engine import Engine, EngineOptions
from engine.model.execution import Execution
from engine.storage.ports import ExecutionQuery
from tests.chaos.fleet import Fleet, Process
from tests.postgres import Database, Server

RATES = (50, 100, 150, 200)
SECONDS = 8
CORE = "io.kestra.plugin.core"
TWO = f"""id: two
namespace: bench
tasks:
  - {{id: value, type: {CORE}.debug.Return, format: "{{{{ execution.id }}}}"}}
  - {{id: log, type: {CORE}.log.Log, message: "{{{{ outputs.value.value }}}}"}}
"""
SHELL = """id: {name}
namespace: bench
tasks:
  - id: run
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
    commands: ["{command}"]
"""


def main() -> None:
    """Print the figures."""
    with _server() as database, tempfile.TemporaryDirectory() as folder, _engine(database, folder) as engine:
        engine.save(TWO)
        engine.save(SHELL.format(name="work", command="i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done"))
        engine.save(SHELL.format(name="nap", command="sleep 0.2"))
        fleet = Fleet(database, Path(folder))
        try:
            first = fleet.launch("worker", "--threads", "8").wait_ready()
            _idle(engine)
            _writes(engine, database)
            for rate in RATES:
                _rate(engine, rate)
            print(f"memory of a worker after that      {_megabytes(first):6.1f} MB")
            _take_over(engine, fleet, first)
            for process in fleet.of("worker"):
                process.stop()
            for flow, count in (("nap", 40), ("work", 80)):
                _speed_up(engine, fleet, flow, count)
        finally:
            fleet.close()


@contextmanager
def _server() -> Iterator[Database]:
    server = Server(dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes", "autovacuum"), "on"))
    server.start()
    try:
        yield server.make()
    finally:
        server.stop()


def _engine(database: Database, folder: str) -> Engine:
    return Engine.open(
        EngineOptions(
            home=Path(folder) / "server",
            database_url=database.url,
            storage_url=f"file://{folder}/files",
            environment={},
            encryption_key="MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            schedule=False,
            role="server",
            threads=1,
        )
    )


def _idle(engine: Engine) -> None:
    """One at a time: how long from the start to the end, all of it hand-out and two light tasks."""
    delays = []
    for _ in range(60):
        execution = engine.wait(engine.start("bench", "two").id, 30)
        delays.append(_duration(execution))
    delays.sort()
    print(
        f"one at a time, start to end        p50 {statistics.median(delays) * 1e3:6.1f} ms   "
        f"p95 {delays[int(len(delays) * 0.95)] * 1e3:6.1f} ms"
    )


def _duration(execution: Execution) -> float:
    assert execution.history.ended is not None
    return (execution.history.ended - execution.history.started).total_seconds()


def _writes(engine: Engine, database: Database) -> None:
    """Rows inserted, updated and deleted for each task run, the queue's included."""
    names = ("executions", "task_runs", "logs", "execution_labels", "pgqueuer", "pgqueuer_log")

    def count() -> dict[str, int]:
        database.rows("SELECT pg_stat_clear_snapshot()")
        return {
            name: int(number)
            for name, number in database.rows(
                "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables "
                "WHERE schemaname = 'flowsmith' AND relname = ANY(%s)",
                (list(names),),
            )
        }

    threading.Event().wait(2)  # until the statistics of before have been counted
    before = count()
    for _ in range(100):
        engine.start("bench", "two")
    _drained(engine)
    threading.Event().wait(2)
    after = count()
    runs = 200
    parts = "  ".join(f"{name} {(after[name] - before[name]) / runs:.2f}" for name in names if name in after)
    total = sum(after.values()) - sum(before.values())
    print(f"row writes per light task run      {total / runs:6.2f}   ({parts})")


def _rate(engine: Engine, rate: int) -> None:
    """Start at a rate, whatever becomes of it."""
    began, ids = time.time(), []
    for number in range(rate * SECONDS):
        threading.Event().wait(max(0.0, began + number / rate - time.time()))
        ids.append(engine.start("bench", "two").id)
    offered = len(ids) / (time.time() - began)
    _drained(engine)
    wanted = set(ids)
    found = [
        one
        for one in engine.store.executions.search(ExecutionQuery(namespace="bench", limit=100_000)).results
        if one.id in wanted
    ]
    delays = sorted(_duration(one) for one in found)
    last = max(one.history.ended for one in found if one.history.ended is not None)
    span = last.timestamp() - began
    print(
        f"offered {offered:5.0f}/s   held {len(found) / span:6.1f}/s   "
        f"start to end p50 {statistics.median(delays) * 1e3:7.1f} ms   "
        f"p95 {delays[int(len(delays) * 0.95)] * 1e3:7.1f} ms"
    )


def _drained(engine: Engine) -> None:
    while engine.store.executions.unfinished():
        threading.Event().wait(0.05)


def _megabytes(process: Process) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def _take_over(engine: Engine, fleet: Fleet, first: Process) -> None:
    """Kill the worker that runs everything; another one is there."""
    engine.save(SHELL.format(name="long", command="sleep 20"))
    ids = [engine.start("bench", "long").id for _ in range(8)]
    while any(engine.execution(id_).owner is None for id_ in ids):
        threading.Event().wait(0.02)
    (former,) = {engine.execution(id_).owner for id_ in ids}
    fleet.launch("worker", "--threads", "8").wait_ready()
    first.kill()
    began = time.monotonic()
    while any(engine.execution(id_).owner in (former, None) for id_ in ids):
        threading.Event().wait(0.05)
    print(f"take-over of a killed worker's     {time.monotonic() - began:6.1f} s   ({len(ids)} executions)")
    _drained(engine)


def _speed_up(engine: Engine, fleet: Fleet, flow: str, count: int) -> None:
    """The same work by one worker and by two, each with one thread."""
    seconds = []
    for workers in (1, 2):
        while len(fleet.of("worker")) < workers:
            fleet.launch("worker", "--threads", "1").wait_ready()
        began = time.monotonic()
        for _ in range(count):
            engine.start("bench", flow)
        _drained(engine)
        seconds.append(time.monotonic() - began)
    for process in fleet.of("worker"):
        process.stop()
    print(
        f"{flow:4}: {count} tasks, one worker {seconds[0]:5.1f} s, two {seconds[1]:5.1f} s: "
        f"{seconds[0] / seconds[1]:.2f} times as fast"
    )


if __name__ == "__main__":
    main()
