"""Two engines, two processes, a process that is killed: no date fires twice, none is lost."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.model.state import State
from engine.triggers.backfill import Backfill
from tests.engine.triggers.conftest import BEGIN, SCHEDULE, Bench, Time, flow, opened
from tests.mortal import Nursery


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


KEY = ("demo", "killed", "t")
LIVES = [[("claimed", 5), ("created", 8)], [("ended", 6), ("claimed", 9)]]
"""What the processes that run at the same time are killed at, each by its own count."""


def test_processes_that_are_killed_make_up_for_every_date_once(tmp_path: Path, nursery: Nursery) -> None:
    home, late = tmp_path / "home", datetime.now(UTC) - BEGIN
    start = datetime(2025, 1, 1, tzinfo=UTC)
    with opened(home, Time(), schedule=False) as bench:
        bench.engine.save(flow("killed", SCHEDULE + 'cron: "0 * * * *"'))
        bench.engine.triggers.backfill(KEY, Backfill(start, start + timedelta(hours=59), parallel=2))
    for moments in LIVES:
        pids = [nursery.spawn(home, late, *moment) for moment in moments]
        assert [nursery.wait(pid) for pid in pids] == [-signal.SIGKILL] * 2
    assert nursery.wait(nursery.spawn(home, late)) == 0
    with opened(home, Time(), schedule=False) as bench:
        assert bench.dates("killed") == [
            (start + timedelta(hours=n)).isoformat().replace("+00:00", "Z") for n in range(60)
        ]
        assert {one.state for one in bench.runs("killed")} == {State.SUCCESS}
        assert bench.state("killed").backfill is None
