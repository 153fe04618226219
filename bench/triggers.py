"""Triggers: how exactly a schedule fires while nothing else happens, and what 10,000 schedules cost."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from engine.engine import Engine, EngineOptions
from engine.storage.ports import ExecutionQuery

SCHEDULES = 10_000
FIRES = 10
IDLE_SECONDS = 15
_SCHEDULE = "io.kestra.plugin.core.trigger.Schedule"


def main() -> None:
    """Print the distance between planned and actual start, the time to open, and idle CPU."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _fill(home)
        begun = time.perf_counter()
        with Engine.open(_options(home)) as engine:
            print(f"{SCHEDULES} schedules, opened in {time.perf_counter() - begun:.2f} s")
            _idle(engine)
            _accuracy(engine)


def _options(home: Path, *, schedule: bool = True) -> EngineOptions:
    return EngineOptions(home=home, environment={}, threads=4, schedule=schedule)


def _fill(home: Path) -> None:
    with Engine.open(_options(home, schedule=False)) as engine:
        begun = time.perf_counter()
        for number in range(SCHEDULES):
            source = _flow(f"yearly-{number}", f'cron: "{number % 60} {number // 60 % 24} 1 1 *"')
            engine.save(source)
        took = time.perf_counter() - begun
        print(f"{SCHEDULES} flows saved in {took:.1f} s, {took / SCHEDULES * 1000:.2f} ms each")


def _flow(flow_id: str, cron: str) -> str:
    return (
        f"id: {flow_id}\nnamespace: bench\ntasks:\n"
        "  - {id: one, type: io.kestra.plugin.core.debug.Return, format: x}\n"
        f"triggers:\n  - id: t\n    type: {_SCHEDULE}\n    {cron}\n"
    )


def _idle(engine: Engine) -> None:
    time.sleep(2)
    before, begun = time.process_time(), time.perf_counter()
    time.sleep(IDLE_SECONDS)
    used = (time.process_time() - before) / (time.perf_counter() - begun)
    # A sync is due once a minute, so its cost is added in full.
    before = time.process_time()
    engine.scheduler.watch.changed()
    sync = time.process_time() - before
    print(f"idle CPU {used + sync / 60:.2%} of a core (target < 1 %; of it {sync * 1000:.0f} ms a minute)")


def _accuracy(engine: Engine) -> None:
    engine.save(_flow("seconds", 'cron: "* * * * * *"\n    withSeconds: true'))
    query = ExecutionQuery(namespace="bench", flow_id="seconds", limit=1000)
    while engine.store.executions.search(query).total < FIRES:
        time.sleep(0.2)
    late = []
    for one in engine.store.executions.search(query).results:
        planned = datetime.fromisoformat(str(one.trigger.variables["date"] if one.trigger else ""))
        late.append((one.history.started - planned.astimezone(UTC)).total_seconds() * 1000)
    late.sort()
    print(
        f"fired {len(late)} times, late by {late[len(late) // 2]:.0f} ms in the middle and "
        f"{late[-1]:.0f} ms at worst (target <= 100), on {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    main()
