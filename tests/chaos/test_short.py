"""The short form: each fault once, on real processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from tests.chaos.fleet import Fleet
from tests.chaos.world import dates_fired, effects_of, schedule, violations, write_flows
from tests.postgres import Database


@pytest.fixture
def fleet(postgres: Database, tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(postgres, tmp_path)
    yield fleet
    fleet.close()


@pytest.fixture
def server(postgres: Database, tmp_path: Path) -> Iterator[Engine]:
    options = EngineOptions(
        home=tmp_path / "server",
        database_url=postgres.url,
        storage_url=f"file://{tmp_path}/files",
        environment={},
        encryption_key="MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        collect_rarely=False,
        schedule=False,
        role="server",
    )
    with Engine.open(options) as engine:
        yield engine


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not become true"
        threading.Event().wait(0.02)


def test_nothing_is_lost_when_workers_are_killed_and_frozen(
    fleet: Fleet, server: Engine, postgres: Database, tmp_path: Path
) -> None:
    launched = [fleet.launch("worker", "--threads", "3") for _ in range(3)]
    wanted = write_flows(server, tmp_path, seed=4)
    first, second, _ = [one.wait_ready() for one in launched]
    accepted = [(server.start("chaos", flow).id, flow) for flow in [*wanted] * 3]
    until(lambda: any(effects_of(tmp_path, id_) for id_, _ in accepted))

    first.kill()
    second.freeze()
    killed = {}
    for execution_id, flow in accepted[-2:]:
        if not server.is_over(execution_id) and flow != "parent":
            try:
                server.kill(execution_id)
                killed[execution_id] = datetime.now(UTC)
            except Exception as error:  # its owner is gone and not yet replaced, or it has just ended
                assert "try again" in str(error) or "already finished" in str(error)
    until(lambda: len(_members(postgres)) == 1)
    second.wake()
    until(lambda: len(_members(postgres)) == 2)

    for execution_id, _ in accepted:
        server.wait(execution_id, 60)
    assert violations(server, tmp_path, accepted, wanted, crashes=2, killed=killed) == []
    assert "taken for dead" in second.said()
    assert second.stop() == 0


def test_every_date_of_a_schedule_fires_once_when_schedulers_are_killed(
    fleet: Fleet, server: Engine, postgres: Database
) -> None:
    launched = [
        fleet.launch("scheduler"),
        fleet.launch("scheduler"),
        fleet.launch("worker", "--threads", "2"),
    ]
    first, second, _ = [one.wait_ready() for one in launched]
    schedule(server)
    until(lambda: len(dates_fired(server)) >= 2)
    before = time.monotonic()
    (acting,) = [one for one in (first, second) if "fires triggers from now on" in one.said()]
    acting.kill()
    count = len(dates_fired(server))
    until(lambda: len(dates_fired(server)) >= count + 2)
    assert time.monotonic() - before < 10 + 2
    until(lambda: not server.store.executions.unfinished())
    dates = [datetime.fromisoformat(date) for date in dates_fired(server)]
    assert len(set(dates)) == len(dates)
    assert (dates[-1] - dates[0]).total_seconds() == len(dates) - 1


def _members(postgres: Database) -> list[str]:
    return [id_ for (id_,) in postgres.rows("SELECT id FROM flowsmith.members WHERE role = 'worker'")]
