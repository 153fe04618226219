"""Log entries and metrics of executions, for users."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """Severity of a log entry."""

    TRACE = "TRACE"
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"

    @property
    def rank(self) -> int:
        """0 for TRACE … 4 for ERROR."""
        return _RANK[self]


_RANK = {level: rank for rank, level in enumerate(Level)}


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of an execution's log. `index` is the store's order, 0 before it is stored."""

    namespace: str
    flow_id: str
    execution_id: str | None
    timestamp: datetime
    level: Level
    message: str
    task_id: str | None = None
    task_run_id: str | None = None
    attempt: int | None = None
    trigger_id: str | None = None
    thread: str | None = None
    index: int = 0


@dataclass(frozen=True, slots=True)
class Metric:
    """A number a task published: a counter, a timer (seconds) or a gauge."""

    name: str
    kind: str
    value: float
    tags: dict[str, str] = field(default_factory=dict)
    namespace: str = ""
    flow_id: str = ""
    execution_id: str = ""
    task_id: str = ""
    task_run_id: str = ""
    timestamp: datetime | None = None
