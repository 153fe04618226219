"""Following an execution without holding a thread: stored state first, then the live feed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from api.followers import Followers, Stopping
from api.thread import in_thread
from engine.engine import Engine
from engine.errors import NotFound
from engine.feed import Event
from engine.model.execution import Execution, TaskRun
from engine.model.log import Level, LogEntry

APPEAR_SECONDS = 10.0
"""How long a just-created execution may take to appear."""


def is_over(execution: Execution) -> bool:
    """Tell whether the execution has ended and nothing of it runs any more, afterExecution included."""
    return execution.state.ended and execution.owner is None


async def follow_execution(followers: Followers, execution_id: str) -> AsyncIterator[Execution]:
    """Yield the execution with its task runs at every change, until its terminal state; raises NotFound.

    Ends with Stopping when the service stops. One who reads slowly gets fewer versions, the last one always.
    """
    engine = followers.engine
    with followers.follow(execution_id) as follower:
        execution = await _appeared(engine, execution_id)
        yield execution
        while not is_over(execution):
            batch = await follower.take()
            picture = _Picture(execution)
            changed = [picture.add(event) for event in batch]
            if not batch or is_over(picture.execution):
                execution = await in_thread(engine.execution, execution_id)
                changed.append(True)
            else:
                execution = picture.snapshot()
            if any(changed):
                yield execution


async def wait_end(followers: Followers, execution_id: str, seconds: float) -> Execution:
    """Return the execution when it has ended, or as it is when the time is over or the service stops."""
    engine = followers.engine
    with followers.follow(execution_id) as follower:
        execution = await in_thread(engine.execution, execution_id)
        try:
            async with asyncio.timeout(seconds):
                while not is_over(execution):
                    batch = await follower.take()
                    if not batch or any(isinstance(e, Execution) and is_over(e) for e in batch):
                        execution = await in_thread(engine.execution, execution_id)
        except (TimeoutError, Stopping):
            return await in_thread(engine.execution, execution_id)
        return execution


async def follow_logs(
    followers: Followers, execution_id: str, keep: Callable[[LogEntry], bool]
) -> AsyncIterator[LogEntry | None]:
    """Yield log entries, stored ones first, each once; None when nothing came for a while.

    Ends when the execution has ended and everything stored was given; with Stopping when the service stops.
    """
    engine = followers.engine
    with followers.follow(execution_id) as follower:
        execution = await _appeared(engine, execution_id)
        last = 0
        while True:
            more = True
            while more:
                page = await in_thread(
                    engine.store.executions.logs, execution_id=execution_id, after_index=last, limit=_PAGE
                )
                more = len(page.results) == _PAGE
                for entry in page.results:
                    last = max(last, entry.index)
                    if keep(entry):
                        yield entry
            if is_over(execution):
                return
            batch = await follower.take()
            if not batch:
                yield None
            if not batch or any(isinstance(event, Execution) for event in batch):
                execution = await in_thread(engine.execution, execution_id)


_PAGE = 1_000
"""Most stored entries read at once, so that a long log is not held in memory for a slow reader."""


def at_least(minimum: Level | None) -> Callable[[LogEntry], bool]:
    """Return a test for entries of this level or worse."""
    if minimum is None:
        return lambda entry: True
    return lambda entry: entry.level.rank >= minimum.rank


class _Picture:
    """The execution as the events draw it; a version with a longer history wins."""

    def __init__(self, execution: Execution) -> None:
        self.execution = execution
        self._runs = {run.id: run for run in execution.task_runs}

    def add(self, event: Event) -> bool:
        """Take an event in; tells whether it changed anything."""
        if isinstance(event, Execution):
            if len(event.history.passages) < len(self.execution.history.passages):
                return False
            self.execution = event
            return True
        if isinstance(event, TaskRun):
            known = self._runs.get(event.id)
            if known is not None and len(event.history.passages) < len(known.history.passages):
                return False
            self._runs[event.id] = event
            return True
        return False

    def snapshot(self) -> Execution:
        """Return the execution with its task runs in order of creation."""
        runs = tuple(sorted(self._runs.values(), key=lambda run: run.index))
        return replace(self.execution, task_runs=runs)


async def _appeared(engine: Engine, execution_id: str) -> Execution:
    deadline = asyncio.get_running_loop().time() + APPEAR_SECONDS
    while True:
        try:
            return await in_thread(engine.execution, execution_id)
        except NotFound:
            if asyncio.get_running_loop().time() >= deadline:
                raise
        await asyncio.sleep(0.1)
