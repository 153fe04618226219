"""The live feed: what was just stored, for those who follow. Stored first, published after."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from engine.model.execution import Execution, TaskRun
from engine.model.log import LogEntry

Event: TypeAlias = Execution | TaskRun | LogEntry
"""An execution (without task runs), a task run or a log entry, in the form just stored."""


@dataclass(frozen=True, slots=True)
class _Subscription:
    execution_id: str | None
    receive: Callable[[Event], None]


class Feed:
    """Hands events to subscribers in the order they were stored. `receive` must not block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_execution: dict[str | None, tuple[_Subscription, ...]] = {}

    def subscribe(
        self, receive: Callable[[Event], None], *, execution_id: str | None = None
    ) -> Callable[[], None]:
        """Call `receive` for every event (of one execution, or of all); returns the end of it."""
        subscription = _Subscription(execution_id, receive)
        with self._lock:
            self._by_execution[execution_id] = (*self._by_execution.get(execution_id, ()), subscription)

        def unsubscribe() -> None:
            with self._lock:
                rest = tuple(s for s in self._by_execution.get(execution_id, ()) if s is not subscription)
                if rest:
                    self._by_execution[execution_id] = rest
                else:
                    self._by_execution.pop(execution_id, None)

        return unsubscribe

    def follows(self, execution_id: str | None) -> bool:
        """Tell whether somebody follows this execution, or all of them (None)."""
        return execution_id in self._by_execution

    def publish(self, event: Event) -> None:
        """Hand an event to those who follow it."""
        table = self._by_execution
        if not table:
            return
        if isinstance(event, Execution):
            execution_id: str | None = event.id
        else:
            execution_id = event.execution_id
        for key in (execution_id, None) if execution_id is not None else (None,):
            for subscription in table.get(key, ()):
                subscription.receive(event)


def queue_of(
    feed: Feed, execution_id: str | None = None
) -> tuple[queue.SimpleQueue[Event], Callable[[], None]]:
    """Subscribe a queue; returns it and the end of the subscription."""
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    return events, feed.subscribe(events.put, execution_id=execution_id)
