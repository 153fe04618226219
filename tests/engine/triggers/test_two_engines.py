"""Two engines, two processes, a process that is killed: no date fires twice, none is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time as clocks
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.engine import Engine, EngineOptions
from engine.storage.ports import ExecutionQuery
from engine.triggers.backfill import Backfill
from tests.engine.triggers.conftest import BEGIN, SCHEDULE, Bench, Time, flow, opened


def test_two_engines_on_one_database_fire_each_date_once(tmp_path: Path) -> None:
    home, time = tmp_path / "home", Time()
    with opened(home, time) as first, opened(home, time) as second:
        for number in range(4):
            first.engine.save(flow(f"both-{number}", SCHEDULE + 'cron: "*/10 * * * *"'))
        _sync(first, second)
        for _ in range(6):
            time.now += timedelta(minutes=10)
            pokes = [threading.Thread(target=one.engine.scheduler.poke) for one in (first, second)]
            for poke in pokes:
                poke.start()
            for poke in pokes:
                poke.join()
            first.settle()
            second.settle()
        for number in range(4):
            expected = [
                (BEGIN + timedelta(minutes=10 * n)).isoformat().replace("+00:00", "Z") for n in range(1, 7)
            ]
            assert first.dates(f"both-{number}") == expected


def test_the_other_engine_takes_over(tmp_path: Path) -> None:
    home, time = tmp_path / "home", Time()
    with opened(home, time) as second:
        with opened(home, time) as first:
            first.engine.save(flow("over", SCHEDULE + 'cron: "0 * * * *"'))
        _sync(second)
        second.forward(hours=1)
        assert second.dates("over") == ["2026-01-01T13:00:00Z"]
        with opened(home, time) as first:
            first.engine.save(flow("over", SCHEDULE + 'cron: "30 * * * *"'))
        second.forward(hours=1)
        assert second.dates("over") == ["2026-01-01T13:00:00Z", "2026-01-01T13:30:00Z"]


def _sync(*benches: Bench) -> None:
    """Let engines notice what others saved."""
    for bench in benches:
        bench.engine.scheduler.ask(("", "", ""))
        assert bench.engine.scheduler.quiet(20)


SERVE = """
import sys, threading
from pathlib import Path
from engine.engine import Engine, EngineOptions
engine = Engine.open(EngineOptions(home=Path(sys.argv[1]), environment={}, threads=2))
print("ready", flush=True)
threading.Event().wait(600)
"""
KEY = ("demo", "killed", "t")


def test_processes_that_are_killed_make_up_for_every_date_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    options = EngineOptions(home=home, environment={}, threads=2, schedule=False, collect_rarely=False)
    start = datetime(2025, 1, 1, tzinfo=UTC)
    end = start + timedelta(hours=119)
    with Engine.open(options) as engine:
        engine.save(flow("killed", SCHEDULE + 'cron: "0 * * * *"\nrecoverMissedSchedules: NONE'))
        engine.triggers.backfill(KEY, Backfill(start, end))
        for share in (30, 60, 90):
            processes = [_serve(home) for _ in range(2)]
            _until(lambda share=share: _made(engine) >= share)  # type: ignore[misc]
            for process in processes:
                process.send_signal(signal.SIGKILL)
                process.wait(10)
    with Engine.open(EngineOptions(home=home, environment={}, threads=2, collect_rarely=False)) as engine:
        _until(lambda: engine.triggers.get(KEY).backfill is None)
        found = engine.store.executions.search(ExecutionQuery(flow_id="killed", limit=1000)).results
    dates = Counter(one.trigger.variables["date"] for one in found if one.trigger)
    expected = {(start + timedelta(hours=n)).isoformat().replace("+00:00", "Z"): 1 for n in range(120)}
    assert {date: count for date, count in dates.items() if date < "2025-12"} == expected


def _made(engine: Engine) -> int:
    return engine.store.executions.search(ExecutionQuery(flow_id="killed", limit=1)).total


def _serve(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(home)],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return process


def _until(true: object) -> None:
    deadline = clocks.monotonic() + 60
    assert callable(true)
    while not true():
        assert clocks.monotonic() < deadline
        os.sched_yield()
