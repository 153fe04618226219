"""Work: anything a worker thread does for an execution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from engine.plugin.context import RunContext

if TYPE_CHECKING:
    from engine.executor.live import LiveExecution


class Work(Protocol):
    """A job of a task run, or the conclusion of an execution."""

    live: LiveExecution
    ctx: RunContext
    detached: bool

    def perform(self) -> Any:
        """Do it and return the outcome; never raises."""
