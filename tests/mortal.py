"""Engines in processes of their own that are killed (SIGKILL) right after a write of a kind was stored.

An engine serves a home until none of its triggers has a backfill left. It ends by SIGKILL when the n-th write of
the given kind is in the database and nothing has followed from it yet:

- `claimed`: a trigger has taken a date, its execution is not made;
- `created`: an execution of a trigger is stored, the trigger was not told;
- `running:<task>`: an attempt of the task is stored as running, no worker has it;
- `task:<task>`: the task run is stored as SUCCESS, nothing after it is planned;
- `ended`: an execution is stored as SUCCESS, its trigger still waits for it.

The processes are forks of one that has imported the engine and opened nothing: `python -m tests.mortal`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.engine import Engine, EngineOptions
from engine.model.execution import Execution
from engine.model.state import State
from engine.registry import Registry
from engine.storage.files import FileStorage
from engine.storage.opening import open_store
from engine.storage.ports import Changes, ExecutionStore, ExecutionTransaction, Store, TriggerState
from engine.triggers.claim import claims_of

ROOT = Path(__file__).parents[1]
LONGEST_LIFE_SECONDS = 120


class Death:
    """Counts writes by kind, and ends the process at the chosen one."""

    def __init__(self, kind: str = "", number: int = 0) -> None:
        self._kind = kind
        self._left = number
        self._lock = threading.Lock()

    def stored(self, kinds: Iterable[str]) -> None:
        """Tell which kinds of writes have just been committed."""
        with self._lock:
            self._left -= sum(kind == self._kind for kind in kinds)
            if self._kind and self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


class _Part:
    """A part of a store: what is not told otherwise is the real one's."""

    def __init__(self, real: Any, death: Death) -> None:
        self._real = real
        self._death = death

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class MortalExecutions(_Part):
    """Executions; the process may end right after a transaction."""

    def transaction(
        self, owner: str | None = None, *, admits: bool = False
    ) -> AbstractContextManager[ExecutionTransaction]:
        """Open the writing transaction."""
        return self._transaction(owner, admits)

    @contextmanager
    def _transaction(self, owner: str | None, admits: bool) -> Iterator[ExecutionTransaction]:
        kinds: dict[str, str] = {}
        with self._real.transaction(owner, admits=admits) as transaction:
            yield _Noticing(transaction, kinds, self._real)
        self._death.stored(kinds.values())


class _Noticing(_Part):
    """A transaction that notes what is written; each row counts once, in its last form."""

    def __init__(self, real: ExecutionTransaction, kinds: dict[str, str], store: ExecutionStore) -> None:
        super().__init__(real, Death())
        self._kinds = kinds
        self._store = store

    def write(self, changes: Changes) -> None:
        """Insert or update the rows."""
        self._real.write(changes)
        for one in changes.executions.values():
            if one.trigger is not None and self._kinds.get(one.id) != "created":
                new = self._store.get(one.id, task_runs=False) is None
                self._kinds[one.id] = "created" if new else "ended" if one.state is State.SUCCESS else ""
        for run in changes.task_runs.values():
            names = {State.RUNNING: "running", State.SUCCESS: "task"}
            self._kinds[run.id] = f"{names.get(run.state, '')}:{run.task_id}"


class MortalTriggers(_Part):
    """States of triggers; the process may end right after a claim."""

    def update(
        self,
        namespace: str,
        flow_id: str,
        trigger_id: str,
        change: Callable[[TriggerState | None], TriggerState | None],
    ) -> TriggerState | None:
        """Read, change and write in one transaction."""
        known: set[str] = set()

        def noted(state: TriggerState | None) -> TriggerState | None:
            known.update(claims_of(state) if state is not None else ())
            return change(state)

        after: TriggerState | None = self._real.update(namespace, flow_id, trigger_id, noted)
        if after is not None and set(claims_of(after)) - known:
            self._death.stored(["claimed"])
        return after


class MortalStore(_Part):
    """A store in whose process death may come."""

    def __init__(self, real: Store, death: Death) -> None:
        super().__init__(real, death)
        self.executions = MortalExecutions(real.executions, death)
        self.triggers = MortalTriggers(real.triggers, death)


class Nursery:
    """The process the others are forked from."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mortal"],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def spawn(self, home: Path, late: timedelta, kind: str = "", number: int = 0) -> int:
        """Start an engine whose clock is late, to be killed at a write if a kind is given; returns its pid."""
        return self._ask("spawn", str(home), late.total_seconds(), kind, number)

    def wait(self, pid: int) -> int:
        """Wait for the end of a process; returns what it exits with, the signal as a negative number."""
        return self._ask("wait", pid)

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)

    def _ask(self, *command: object) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(command), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Lends a nursery."""
    nursery = Nursery()
    yield nursery
    nursery.close()


def nurse() -> None:
    """Do what is asked, line by line."""
    for line in sys.stdin:
        verb, *details = json.loads(line)
        if verb == "wait":
            answer = os.waitstatus_to_exitcode(os.waitpid(details[0], 0)[1])
        else:
            answer = os.fork()
            if answer == 0:
                live(*details)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def live(home: str, late: float, kind: str, number: int) -> None:
    """Be one of the processes; ends it."""
    signal.alarm(LONGEST_LIFE_SECONDS)
    try:
        serve(Path(home), timedelta(seconds=late), Death(kind, number))
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def serve(home: Path, late: timedelta, death: Death) -> None:
    """Serve until no trigger has a backfill any more."""
    options = EngineOptions(
        home=home, environment={}, threads=4, collect_rarely=False, clock=lambda: datetime.now(UTC) - late
    )
    store: Any = MortalStore(open_store(None, home), death)
    files = FileStorage(f"file://{(home / 'storage').resolve()}")
    engine = Engine(options, registry=Registry.load(), store=store, files=files)
    heard = threading.Event()
    engine.feed.subscribe(lambda event: heard.set() if isinstance(event, Execution) else None)
    engine._start()
    while any(state.backfill is not None for state in engine.store.triggers.all()):
        heard.wait(0.05)
        heard.clear()
    engine.close()


if __name__ == "__main__":
    nurse()
