"""What waits for a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.executor.job import Kind
from engine.executor.live import LiveExecution
from engine.model.json import Json


@dataclass(slots=True)
class Pending:
    """A task run that wants a worker."""

    live: LiveExecution
    run_id: str
    kind: Kind
    detail: Mapping[str, Json] = field(default_factory=dict)
