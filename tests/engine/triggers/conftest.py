"""An engine whose clock the test sets, with a scheduler that is told of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from engine.model.execution import Execution
from engine.model.state import State
from engine.storage.ports import ExecutionQuery, TriggerState
from engine.triggers.claim import claims_of
from tests.mortal import nursery

__all__ = ["nursery"]

BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)
WAIT = 20.0

NOTE = """\
id: {id}
namespace: demo
tasks:
  - {{id: note, type: io.kestra.plugin.core.debug.Return, format: "{{{{ trigger.date ?? 'by hand' }}}}"}}
triggers:
"""


class Time:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime = BEGIN) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Bench:
    """An engine and its clock."""

    def __init__(self, engine: Engine, time: Time) -> None:
        self.engine = engine
        self.time = time

    def settle(self) -> None:
        """Wait until everything that is due was fired and has ended, or waits for somebody."""
        heard = threading.Event()
        end = self.engine.feed.subscribe(lambda event: heard.set())
        try:
            while True:
                heard.clear()
                assert self.engine.scheduler.quiet(WAIT)
                if not self._running() and not self._claimed() and self.engine.scheduler.quiet(0):
                    return
                heard.wait(0.02)
        finally:
            end()

    def _running(self) -> bool:
        store = self.engine.store.executions
        found = [store.get(id_, task_runs=False) for id_, _ in store.unfinished()]
        return any(one is not None and one.state is not State.PAUSED for one in found)

    def _claimed(self) -> bool:
        """Whether the end of an execution is still to be noticed."""
        return any(
            (known := self.engine.store.executions.get(id_, task_runs=False)) is None or known.state.ended
            for state in self.engine.store.triggers.all()
            for id_ in claims_of(state)
        )

    def to(self, moment: datetime) -> None:
        """Set the clock and wait until everything that is due by then has ended."""
        self.time.now = moment
        self.engine.scheduler.poke()
        self.settle()

    def forward(self, **length: float) -> None:
        """Put the clock forward."""
        self.to(self.time.now + timedelta(**length))

    def runs(self, flow_id: str, namespace: str = "demo") -> list[Execution]:
        """Return the executions of a flow, oldest first."""
        query = ExecutionQuery(namespace=namespace, flow_id=flow_id, limit=100_000)
        found = self.engine.store.executions.search(query).results
        return sorted(found, key=lambda one: (one.history.started, str(one.trigger)))

    def dates(self, flow_id: str) -> list[str]:
        """Return the planned dates of the executions of a flow, sorted."""
        found = [one.trigger.variables.get("date") for one in self.runs(flow_id) if one.trigger]
        return sorted(str(date) for date in found)

    def state(self, flow_id: str, trigger_id: str = "t", namespace: str = "demo") -> TriggerState:
        """Return the state of a trigger."""
        return self.engine.triggers.get((namespace, flow_id, trigger_id))


@contextmanager
def opened(home: Path, time: Time, **options: object) -> Iterator[Bench]:
    """Open an engine over a folder."""
    given = {"environment": {}, "threads": 2, "collect_rarely": False, **options}
    with Engine.open(EngineOptions(home=home, clock=time, **given)) as engine:  # type: ignore[arg-type]
        yield Bench(engine, time)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """An engine in memory at the beginning of 2026."""
    with opened(tmp_path / "home", Time(), in_memory=True) as bench:
        yield bench


def flow(flow_id: str, trigger: str) -> str:
    """Return a flow that notes the date, with the given trigger `t` (its properties, one a line)."""
    lines = "".join(f"    {line}\n" for line in trigger.strip("\n").splitlines())
    return NOTE.format(id=flow_id) + "  - id: t\n" + lines


SCHEDULE = "type: io.kestra.plugin.core.trigger.Schedule\n"
