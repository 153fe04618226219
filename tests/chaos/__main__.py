"""The long form: faults at random for some minutes. `python -m tests.chaos --minutes 30 --seed 7`."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from engine.engine import Engine, EngineOptions
from engine.errors import FlowsmithError
from tests.chaos.fleet import Fleet
from tests.chaos.world import dates_fired, schedule, violations, write_flows
from tests.postgres import Database, Server

WORKERS, SCHEDULERS = 3, 2


def main() -> int:
    """Run, and print what was done and what was violated; 1 when something was."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    server = Server()
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = run(server, server.make(), Path(folder), options.minutes * 60, options.seed)
    finally:
        server.stop()
    for line in found:
        _say(f"VIOLATED {line}")
    _say("no invariant was violated" if not found else f"{len(found)} violations")
    return 1 if found else 0


def run(server: Server, database: Database, folder: Path, seconds: float, seed: int) -> list[str]:
    """Start executions and break things until the time is over; then let everything end, and check."""
    chance = random.Random(seed)
    options = EngineOptions(
        home=folder / "server",
        database_url=database.url,
        storage_url=f"file://{folder}/files",
        environment={},
        encryption_key="MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        schedule=False,
        role="server",
    )
    fleet = Fleet(database, folder)
    accepted: list[tuple[str, str]] = []
    killed: dict[str, datetime] = {}
    crashes = 0
    try:
        with Engine.open(options) as engine:
            wanted = write_flows(engine, folder, seed)
            for one in [fleet.launch("worker", "--threads", "3") for _ in range(WORKERS)]:
                one.wait_ready()
            for one in [fleet.launch("scheduler") for _ in range(SCHEDULERS)]:
                one.wait_ready()
            schedule(engine)
            end = time.monotonic() + seconds
            fault_at = time.monotonic() + 3
            while time.monotonic() < end:
                _start(engine, chance, wanted, accepted, killed)
                if time.monotonic() >= fault_at:
                    crashes += _break(chance, fleet, server, database)
                    fault_at = time.monotonic() + chance.uniform(3, 15)
                time.sleep(chance.uniform(0.1, 1.0))
            _say(f"{len(accepted)} executions accepted, {len(killed)} killed, {crashes} crashes")
            return _settle(engine, fleet, folder, accepted, wanted, crashes, killed)
    finally:
        fleet.close()


def _start(
    engine: Engine,
    chance: random.Random,
    wanted: dict[str, int],
    accepted: list[tuple[str, str]],
    killed: dict[str, datetime],
) -> None:
    flow = chance.choice([*wanted])
    try:
        accepted.append((engine.start("chaos", flow).id, flow))
        if chance.random() < 0.1 and flow != "parent":
            time.sleep(chance.uniform(0, 0.5))
            engine.kill(accepted[-1][0])
            killed[accepted[-1][0]] = datetime.now(UTC)
    except FlowsmithError as error:
        _say(f"refused: {error.message[:100]}")


def _break(chance: random.Random, fleet: Fleet, server: Server, database: Database) -> int:
    """Do one bad thing; returns how many processes may have lost what they ran."""
    kind = chance.choice(["kill", "kill", "freeze", "scheduler", "connections", "restart"])
    _say(f"{datetime.now(UTC):%H:%M:%S} {kind}")
    if kind in ("kill", "freeze"):
        victim = chance.choice(fleet.of("worker"))
        if kind == "kill":
            victim.close()
            fleet.launch("worker", "--threads", "3").wait_ready()
        else:
            victim.freeze()
            time.sleep(chance.uniform(1, 16))
            victim.wake()
        return 1
    if kind == "scheduler":
        chance.choice(fleet.of("scheduler")).close()
        fleet.launch("scheduler").wait_ready()
        return 0
    if kind == "connections":
        database.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'flowsmith' AND random() < 0.5"
        )
        return WORKERS
    server.restart()
    return WORKERS


def _settle(
    engine: Engine,
    fleet: Fleet,
    folder: Path,
    accepted: list[tuple[str, str]],
    wanted: dict[str, int],
    crashes: int,
    killed: dict[str, datetime],
) -> list[str]:
    deadline = time.monotonic() + 180
    while any(not engine.is_over(id_) for id_, _ in accepted):
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    for one in fleet.of("scheduler"):
        one.stop()
    time.sleep(3)
    found = violations(engine, folder, accepted, wanted, crashes, killed)
    dates = [datetime.fromisoformat(date) for date in dates_fired(engine)]
    if len(set(dates)) != len(dates):
        found.append(f"schedule: {len(dates) - len(set(dates))} dates fired twice")
    missing = (dates[-1] - dates[0]).total_seconds() + 1 - len(set(dates)) if dates else -1
    if missing:
        found.append(f"schedule: {missing:.0f} dates did not fire")
    _say(f"{len(dates)} dates fired")
    return found


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
