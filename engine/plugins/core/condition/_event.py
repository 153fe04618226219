"""The execution a condition looks at: the one that reached a state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.errors import TaskFailure
from engine.model.json import Json

if TYPE_CHECKING:
    from engine.plugin import RunContext


def event_of(ctx: RunContext) -> Mapping[str, Json]:
    """Return what is known of the execution; raises TaskFailure when there is none."""
    event = ctx.variables.get("trigger")
    if not isinstance(event, Mapping) or "executionId" not in event:
        raise TaskFailure("there is no execution to look at here; this condition belongs to a Flow trigger")
    return event
