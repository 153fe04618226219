"""The short form: each kind of fault once, on real processes, waiting for facts and never for seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from engine.engine import Engine
from engine.errors import Conflict
from tests.chaos.checker import check
from tests.chaos.disk import NotPossible, SmallDisk
from tests.chaos.scene import Scene, dates_fired, open_engine
from tests.postgres import Database, Server

PATIENCE_SECONDS = 300


def until(holds: Callable[[], object]) -> None:
    """Wait until something is true; the patience is for machines that are very slow."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not become true"
        threading.Event().wait(0.05)


@pytest.fixture
def scene(postgres: Database, tmp_path: Path) -> Iterator[Scene]:
    scene = Scene(postgres, tmp_path)
    yield scene
    scene.close()


@pytest.fixture
def engine(scene: Scene) -> Iterator[Engine]:
    with open_engine(scene.database, scene.folder) as engine:
        yield engine


def _members(database: Database) -> int:
    ((count,),) = database.rows("SELECT count(*) FROM flowsmith.members WHERE role = 'worker'")
    return int(count)


def _start(scene: Scene, engine: Engine, times: int) -> None:
    for flow in [*scene.shapes] * times:
        scene.accept(engine.start("chaos", flow).id, flow, 1)


def _kill(scene: Scene, engine: Engine, execution_id: str) -> bool:
    scene.asked.add(execution_id)
    try:
        engine.kill(execution_id)
    except Conflict:  # its owner is gone and not yet replaced, or it has just ended
        return False
    scene.acknowledge(execution_id)
    return True


def test_nothing_is_lost_when_workers_are_killed_frozen_and_cut_off(scene: Scene, engine: Engine) -> None:
    scene.prepare(engine, seed=5, flows=3)
    launched = [
        scene.fleet.launch("worker", "--threads", "4"),
        scene.fleet.launch("worker", "--threads", "4"),
        scene.fleet.launch("worker", "--threads", "4", linked=True),
    ]
    first, second, third = [one.wait_ready() for one in launched]
    assert third.link is not None
    scene.run_undisturbed(engine, 1, PATIENCE_SECONDS)

    _start(scene, engine, 6)
    until(lambda: any(scene.effects(one.id) for one in scene.accepted))
    third.link.slow(0.02, bytes_per_second=300_000)
    first.kill()
    second.freeze()
    third.link.cut()
    _kill(scene, engine, scene.accepted[-1].id)
    until(lambda: _members(scene.database) == 1)
    second.wake()
    until(lambda: _members(scene.database) == 2)
    third.link.heal()
    for one in scene.accepted:
        engine.wait(one.id, PATIENCE_SECONDS)

    assert check(scene.facts(engine)) == []
    assert "taken for dead" in second.said()
    assert second.stop() == 0


def test_every_date_fires_once_though_schedulers_are_killed_and_clocks_jump(
    scene: Scene, engine: Engine
) -> None:
    scene.prepare(engine, seed=1, flows=1)
    launched = [
        scene.fleet.launch("scheduler", clocked=True),
        scene.fleet.launch("scheduler", clocked=True),
        scene.fleet.launch("worker", "--threads", "2", clocked=True),
    ]
    first, second, worker = [one.wait_ready() for one in launched]
    assert first.clock is not None and second.clock is not None and worker.clock is not None

    def after(number: int) -> Callable[[], bool]:
        """Return whether so many dates more have fired than now."""
        wanted = len(dates_fired(engine)) + number
        return lambda: len(dates_fired(engine)) >= wanted

    scene.schedule(engine)
    until(after(2))
    (acting,) = [one for one in (first, second) if "fires triggers from now on" in one.said()]
    other = second if acting is first else first
    assert acting.clock is not None
    acting.clock.set(7)
    until(after(7))
    worker.clock.set(-3)
    acting.clock.set(-3)  # it has fired dates that are now to come
    acting.clock.set(8)
    until(after(1))
    acting.kill()  # the other one goes by the true clock, and must not fire again what was fired ahead of it
    until(after(2))
    assert other.stop() == 0
    worker.clock.set(0)
    until(lambda: not engine.store.executions.unfinished())
    assert check(scene.facts(engine)) == []


def test_full_disks_delay_and_lose_nothing(tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = Server({"max_wal_size": "32MB", "min_wal_size": "32MB", "synchronous_commit": "on"})
        stack.callback(server.stop)  # once more, when nothing is mounted there any longer
        files = tmp_path / "files"
        files.mkdir()
        try:
            small = SmallDisk(files, 4)
            stack.callback(small.close)
            disk = SmallDisk(server.folder, 192, server.owner)
        except NotPossible as reason:
            pytest.skip(str(reason))
        stack.callback(disk.close)
        stack.callback(server.stop)
        server.start()
        scene = Scene(server.make(), tmp_path)
        stack.callback(scene.close)
        engine = stack.enter_context(open_engine(scene.database, tmp_path))
        scene.prepare(engine, seed=5, flows=3)
        scene.fleet.launch("worker", "--threads", "4").wait_ready()
        scene.run_undisturbed(engine, 1, PATIENCE_SECONDS)

        scene.disk_was_full = True
        small.fill()
        _start(scene, engine, 2)
        until(lambda: "No space left" in _logs(engine))
        disk.fill()
        until(lambda: _refuses(scene.database))
        disk.relieve()
        small.relieve()
        until(lambda: server.revive() or _answers(scene))
        for one in scene.accepted:
            engine.wait(one.id, PATIENCE_SECONDS)
        assert check(scene.facts(engine)) == []


def _logs(engine: Engine) -> str:
    return "\n".join(entry.message for entry in engine.store.executions.logs(limit=1000).results)


def _refuses(database: Database) -> bool:
    """Write until the disk of the database is so full that it says so."""
    try:
        database.rows("CREATE TABLE IF NOT EXISTS chaos.filler (text text)")
        database.rows("INSERT INTO chaos.filler SELECT repeat('x', 1000) FROM generate_series(1, 5000)")
    except psycopg.Error:
        return True
    return False


def _answers(scene: Scene) -> bool:
    try:
        return bool(scene.database.rows("SELECT 1"))
    except psycopg.Error:
        return False
