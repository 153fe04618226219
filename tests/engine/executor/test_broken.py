"""A loop that ends by an error says so, answers who waits, and leaves what it ran to the next process."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from engine.errors import Conflict
from engine.model.moment import now
from engine.model.state import State

FLOW = """\
id: waits
namespace: tests.broken
tasks:
  - {id: ask, type: io.kestra.plugin.core.flow.Pause}
  - {id: last, type: io.kestra.plugin.core.debug.Return, format: done}
"""


class _Clock:
    """A clock that breaks."""

    def __init__(self) -> None:
        self.broken = threading.Event()

    def __call__(self) -> datetime:
        if self.broken.is_set() and threading.current_thread().name == "executor":
            raise OSError("the clock is broken")
        return now()


def _options(home: Path, clock: _Clock) -> EngineOptions:
    return EngineOptions(home=home, environment={}, schedule=False, threads=2, clock=clock)


def _paused(engine: Engine, execution_id: str) -> None:
    changed = threading.Event()
    unsubscribe = engine.feed.subscribe(lambda _: changed.set(), execution_id=execution_id)
    while engine.execution(execution_id).state is not State.PAUSED:
        assert changed.wait(60)
        changed.clear()
    unsubscribe()


def test_what_a_broken_executor_ran_goes_on_in_the_next_process(tmp_path: Path) -> None:
    clock = _Clock()
    with Engine.open(_options(tmp_path, clock)) as engine:
        engine.save(FLOW)
        execution = engine.start("tests.broken", "waits")
        _paused(engine, execution.id)
        assert not engine.executor.broken
        clock.broken.set()
        with pytest.raises(Conflict):
            engine.start("tests.broken", "waits")
        engine.executor._loop.join(60)
        assert engine.executor.broken
        with Engine.open(_options(tmp_path, _Clock())) as other:
            other.resume(execution.id)
            assert other.wait(execution.id, 60).state is State.SUCCESS
