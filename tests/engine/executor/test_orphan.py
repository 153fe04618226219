"""Orphans: who goes on with what a process that died has left, and who does not."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from engine.executor.orphan import adopt
from engine.executor.owner import FileOwner
from engine.model.execution import Execution
from engine.model.state import State
from engine.storage.opening import open_store, owners_folder
from engine.storage.ports import Changes
from tests.engine.storage.contract import execution
from tests.engine.triggers.conftest import Bench, Time, opened

HOLD = """\
id: hold
namespace: demo
tasks:
  - {id: wait, type: io.kestra.plugin.core.flow.Pause}
  - {id: last, type: io.kestra.plugin.core.debug.Return, format: done}
"""
ROUNDS, EXECUTIONS, PROCESSES = 10, 40, 3


def test_of_several_that_start_at_once_one_takes_up_each_execution(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shared.db"
    folder = owners_folder(url, tmp_path)
    stores = [open_store(url, tmp_path) for _ in range(PROCESSES)]
    owners = [FileOwner(folder) for _ in range(PROCESSES)]
    for round_ in range(ROUNDS):
        dead = FileOwner(folder)
        ids = [f"{round_}-{number:02}" for number in range(EXECUTIONS)]
        with stores[0].executions.transaction() as transaction:
            transaction.write(Changes({id_: execution(id_, owner=dead.id) for id_ in ids}))
        dead.close()
        taken = _at_once(lambda n: adopt(stores[n].executions, owners[n]))
        assert sorted(id_ for found in taken for id_ in found) == ids
        by_owner = {id_: owner for owner, found in zip(owners, taken, strict=True) for id_ in found}
        rows = {id_: owner for id_, owner in stores[0].executions.unfinished() if id_ in by_owner}
        assert rows == {id_: owner.id for id_, owner in by_owner.items()}
    for owner, store in zip(owners, stores, strict=True):
        owner.close()
        store.close()


def _at_once(act: object) -> list[list[str]]:
    """Do it in several threads that begin together, each with its number."""
    assert callable(act)
    barrier = threading.Barrier(PROCESSES)
    results: list[list[str]] = [[] for _ in range(PROCESSES)]

    def run(number: int) -> None:
        barrier.wait(10)
        results[number] = act(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(PROCESSES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("link", [False, True], ids=["one path", "through a link"])
def test_processes_with_different_homes_know_each_other_by_their_database(tmp_path: Path, link: bool) -> None:
    data = tmp_path / "data"
    data.mkdir()
    other = tmp_path / "link" if link else data
    if link:
        other.symlink_to(data)
    time = Time()
    with opened(tmp_path / "b", time, database_url=f"sqlite:///{other}/one.db") as second:
        first = _engine(tmp_path / "a", f"sqlite:///{data}/one.db", time)
        first.save(HOLD)
        held = _paused(first)
        third_options = {"database_url": f"sqlite:///{data}/one.db", "schedule": False}
        with opened(tmp_path / "c", time, **third_options) as third:
            assert _owner_of(third.engine, held) == first._owner.id
        _sync(second)
        assert _owner_of(second.engine, held) == first._owner.id

        _crash(first)
        _sync(second)
        assert _owner_of(second.engine, held) == second.engine._owner.id
        second.engine.resume(held.id)
        ended = second.engine.wait(held.id, 20)
        assert [run.state for run in ended.task_runs] == [State.SUCCESS] * 2


def test_who_begins_an_execution_that_waited_in_line_owns_it(tmp_path: Path) -> None:
    time = Time()
    with opened(tmp_path / "home", time) as first, opened(tmp_path / "home", time) as second:
        first.engine.save(HOLD + "concurrency: {limit: 1, behavior: QUEUE}\n")
        begun = _paused(first.engine)
        waiting = second.engine.start("demo", "hold")
        assert second.engine.execution(waiting.id).state is State.QUEUED
        first.engine.resume(begun.id)
        first.engine.wait(begun.id, 20)
        _until_paused(first.engine, waiting.id)
        assert _owner_of(second.engine, waiting) == first.engine._owner.id


def test_a_process_is_alive_as_long_as_its_lock(tmp_path: Path) -> None:
    here, there = FileOwner(tmp_path), FileOwner(tmp_path)
    assert here.alive(here.id) and here.alive(there.id)
    assert not here.alive(None) and not here.alive("unknown")
    os.close(there._file)  # what the end of a process does, however it ends
    assert not here.alive(there.id)
    assert [path.stem for path in tmp_path.iterdir()] == [here.id]
    here.close()
    assert list(tmp_path.iterdir()) == []


def _engine(home: Path, url: str, time: Time) -> Engine:
    return Engine.open(
        EngineOptions(
            home=home, database_url=url, environment={}, threads=2, clock=time, collect_rarely=False
        )
    )


def _paused(engine: Engine) -> Execution:
    started = engine.start("demo", "hold")
    _until_paused(engine, started.id)
    return started


def _until_paused(engine: Engine, execution_id: str) -> None:
    heard = threading.Event()
    end = engine.feed.subscribe(lambda _: heard.set(), execution_id=execution_id)
    while engine.execution(execution_id).state is not State.PAUSED:
        heard.wait(0.05)
        heard.clear()
    end()


def _owner_of(engine: Engine, execution: Execution) -> str | None:
    return engine.execution(execution.id).owner


def _sync(bench: Bench) -> None:
    """Let an engine look for what others have done, and wait until it has."""
    bench.time.now += timedelta(seconds=61)
    bench.engine.scheduler.poke()
    assert bench.engine.scheduler.quiet(20)
    bench.engine.executor.ask(lambda step: None)


def _crash(engine: Engine) -> None:
    """Stop at once, as a process that is killed."""
    engine.executor.abandon()
    engine.scheduler.close()
    engine.store.close()
    os.close(engine._owner._file)
