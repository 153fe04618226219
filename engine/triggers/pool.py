"""A few threads that do what they are handed, in order; made when first needed."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Pool:
    """Work for at most `size` threads. `finished` is told after each piece of work."""

    def __init__(self, name: str, size: int, finished: Callable[[], None]) -> None:
        self._name = name
        self._size = size
        self._finished = finished
        self._ready = threading.Condition()
        self._waiting: deque[Callable[[], None]] = deque()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._busy = 0
        self._closing = False

    def submit(self, work: Callable[[], None]) -> None:
        """Do it soon; nothing once the pool is closed."""
        with self._ready:
            if self._closing:
                return
            self._waiting.append(work)
            if len(self._waiting) > self._idle and len(self._threads) < self._size:
                name = f"{self._name}-{len(self._threads)}"
                thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
            self._ready.notify()

    @property
    def quiet(self) -> bool:
        """Whether nothing is waiting or being done."""
        with self._ready:
            return not self._waiting and not self._busy

    def close(self, timeout: float) -> None:
        """Finish what was begun, drop what waits."""
        with self._ready:
            self._closing = True
            self._waiting.clear()
            self._ready.notify_all()
        for thread in self._threads:
            thread.join(timeout)

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:
                logger.exception("a trigger could not be evaluated")
            finally:
                with self._ready:
                    self._busy -= 1
            self._finished()

    def _next(self) -> Callable[[], None] | None:
        with self._ready:
            self._idle += 1
            while not self._waiting and not self._closing:
                self._ready.wait()
            self._idle -= 1
            if self._closing:
                return None
            self._busy += 1
            return self._waiting.popleft()
