"""Those who follow executions or wait for their end: how many, with how much memory, and until when."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.exceptions import HTTPException

from engine.engine import Engine
from engine.feed import Event

LOOK_SECONDS = 5.0
"""How often the store is looked at when the feed is silent: another process may own the execution."""

BUFFER = 256
"""Most events kept for one follower; one that is slower than that reads the stored state instead."""

RETRY_SECONDS = 5
"""When one who was refused may try again."""


class Stopping(Exception):
    """The service is stopping; nobody is kept any longer."""


class Follower:
    """The events of one execution since they were last taken. Events come from any thread, and are taken on
    the event loop.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._events: deque[Event] = deque()
        self._awake = asyncio.Event()
        self._called = False
        self._lost = False
        self._stopped = False

    def receive(self, event: Event) -> None:
        """Keep an event; when there are too many, forget them all: the store has what they said."""
        with self._lock:
            if len(self._events) >= BUFFER:
                self._events.clear()
                self._lost = True
            self._events.append(event)
        self._call()

    def stop(self) -> None:
        """Let the next `take` raise Stopping."""
        self._stopped = True
        self._call()

    def _call(self) -> None:
        """Wake the follower; once is enough until it has looked, however many events come."""
        with self._lock:
            if self._called or self._loop.is_closed():
                return
            self._called = True
        self._loop.call_soon_threadsafe(self._awake.set)

    async def take(self) -> list[Event]:
        """Return what is there, waiting for it; empty when the stored state must be looked at: the feed was
        silent for a while, or events were lost. Raises Stopping.
        """
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._awake.wait()
        except TimeoutError:
            return []
        with self._lock:
            events, lost = list(self._events), self._lost
            self._events.clear()
            self._called = self._lost = False
            self._awake.clear()
        if self._stopped:
            raise Stopping
        return [] if lost else events


class Followers:
    """Everyone who follows; `most` at once, 0 is no limit."""

    def __init__(self, engine: Engine, most: int = 0) -> None:
        self.engine = engine
        self._most = most
        self._now: set[Follower] = set()
        self._stopped = False

    def __len__(self) -> int:
        """How many there are."""
        return len(self._now)

    def refuse_if_full(self) -> None:
        """Raise 429 when there is no room for one more."""
        if self._most and len(self._now) >= self._most:
            raise HTTPException(
                429,
                f"{len(self._now)} clients follow executions, and no more are taken; "
                f"FLOWSMITH_MAX_FOLLOWERS is the limit",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )

    @contextmanager
    def follow(self, execution_id: str) -> Iterator[Follower]:
        """Follow an execution from now on."""
        follower = Follower()
        if self._stopped:
            follower.stop()
        end = self.engine.feed.subscribe(follower.receive, execution_id=execution_id)
        self._now.add(follower)
        try:
            yield follower
        finally:
            self._now.discard(follower)
            end()

    def stop(self) -> None:
        """End all of them, and those who come later; called on the event loop."""
        self._stopped = True
        for follower in list(self._now):
            follower.stop()
