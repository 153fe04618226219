"""States of executions and task runs, and who may follow whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Where an execution, a task run or an attempt stands."""

    CREATED = "CREATED"
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    RESTARTED = "RESTARTED"
    QUEUED = "QUEUED"
    RETRYING = "RETRYING"
    KILLING = "KILLING"
    BREAKPOINT = "BREAKPOINT"
    SUCCESS = "SUCCESS"
    WARNING = "WARNING"
    FAILED = "FAILED"
    KILLED = "KILLED"
    CANCELLED = "CANCELLED"
    RETRIED = "RETRIED"
    SKIPPED = "SKIPPED"

    @property
    def ended(self) -> bool:
        """Terminal: never changes again, except by an operation that reopens the execution."""
        return self in TERMINAL

    @property
    def good(self) -> bool:
        """Ended without failure."""
        return self in _GOOD


TERMINAL = frozenset(
    {State.SUCCESS, State.WARNING, State.FAILED, State.KILLED, State.CANCELLED, State.RETRIED, State.SKIPPED}
)
_GOOD = frozenset({State.SUCCESS, State.WARNING, State.RETRIED, State.SKIPPED})


@dataclass(frozen=True, slots=True)
class Passage:
    """One entry of a history: the state reached and when."""

    state: State
    date: datetime


@dataclass(frozen=True, slots=True)
class History:
    """The state of a thing with everything that led to it; never empty, never shortened."""

    passages: tuple[Passage, ...] = field(default=())

    @classmethod
    def begin(cls, state: State, date: datetime) -> History:
        """Start a history."""
        return cls((Passage(state, date),))

    def then(self, state: State, date: datetime) -> History:
        """Return the history with one more passage."""
        return History((*self.passages, Passage(state, date)))

    @property
    def current(self) -> State:
        """The present state."""
        return self.passages[-1].state

    @property
    def started(self) -> datetime:
        """When the thing was created."""
        return self.passages[0].date

    @property
    def ended(self) -> datetime | None:
        """When it reached its terminal state, if it has."""
        last = self.passages[-1]
        return last.date if last.state.ended else None

    def duration(self, now: datetime) -> timedelta:
        """Time from creation to the end, or to `now` while it lasts."""
        return (self.ended or now) - self.started
