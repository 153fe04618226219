"""One turn of the copilot, timed, as the draft, refusal or text it ended in."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from copilot.evaluate.result import Result, Spent
from copilot.event import (
    CitationEvent,
    DoneEvent,
    DraftEvent,
    ErrorEvent,
    Event,
    FindingEvent,
    UsageEvent,
)
from engine.model.finding import Finding
from engine.model.json import Json


@dataclass(slots=True)
class Turn:
    """What a turn came to."""

    ms: float = 0.0
    draft: dict[str, Json] | None = None
    error: ErrorEvent | None = None
    text: str = ""
    citations: list[CitationEvent] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    usage: UsageEvent | None = None
    crash: str = ""

    @property
    def planner(self) -> str:
        """Who planned the draft, empty without one."""
        return str(self.draft["planner"]) if self.draft is not None else ""

    @property
    def answered(self) -> bool:
        """Whether there is something to show: never silence, never a crash."""
        return not self.crash and (self.draft is not None or self.error is not None or bool(self.text))


async def taken(events: AsyncIterator[Event]) -> Turn:
    """Follow a turn to its end. A crash of the copilot is a result, not an end of the evaluation."""
    turn = Turn()
    began = time.perf_counter()
    try:
        async for event in events:
            if isinstance(event, DraftEvent):
                turn.draft = event.draft
            elif isinstance(event, ErrorEvent):
                turn.error = event
            elif isinstance(event, CitationEvent):
                turn.citations.append(event)
            elif isinstance(event, FindingEvent):
                turn.findings.append(event.finding)
            elif isinstance(event, UsageEvent):
                turn.usage = event
            elif isinstance(event, DoneEvent):
                turn.text = event.text
    except Exception as error:
        turn.crash = f"{type(error).__name__}: {error}"
    turn.ms = (time.perf_counter() - began) * 1000
    return turn


def note(result: Result, turn: Turn) -> None:
    """Write down what a turn took."""
    used = turn.usage or UsageEvent("")
    result.ms = turn.ms
    result.spent = Spent(turn.planner, used.calls, used.input_tokens, used.output_tokens, used.cost)
