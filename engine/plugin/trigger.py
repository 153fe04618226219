"""Kinds of triggers: by the clock, by looking, by events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from engine.model.json import Json
from engine.plugin.base import Plugin
from engine.plugin.properties import Duration
from engine.plugin.task import Example, NoOutput, Output

if TYPE_CHECKING:
    from engine.plugin.context import RunContext


@dataclass(frozen=True, slots=True)
class Fired:
    """A start: the variables the execution sees under `trigger`, and values for its inputs."""

    variables: Mapping[str, Json] = field(default_factory=dict)
    inputs: Mapping[str, Json] = field(default_factory=dict)


class Trigger(Plugin):
    """A condition that starts executions."""

    abstract: ClassVar[bool] = True
    examples: ClassVar[Sequence[Example]] = ()
    gives: ClassVar[type[Output]] = NoOutput
    """The class of the outputs."""


class ScheduleTrigger(Trigger):
    """Starts at dates known in advance."""

    abstract: ClassVar[bool] = True

    def next_fire(self, after: datetime) -> datetime | None:
        """Return the first date strictly after `after`, None when there is none."""
        raise NotImplementedError

    def variables(self, date: datetime) -> dict[str, Json]:
        """Return the trigger variables of a date (`date`, `next`, `previous`)."""
        raise NotImplementedError

    def dates_after(self, after: datetime) -> Iterator[datetime]:
        """Yield the dates strictly after `after`, earliest first; they may have no end."""
        date = self.next_fire(after)
        while date is not None:
            yield date
            date = self.next_fire(date)

    def dates_before(self, before: datetime) -> Iterator[datetime]:
        """Yield the dates strictly before `before`, latest first; nothing where that is not known."""
        return iter(())

    def written(self, date: datetime) -> str:
        """Return a date as its text in the variables."""
        return str(self.variables(date)["date"])


class PollingTrigger(Trigger):
    """Looks somewhere every `interval` and starts when it finds something."""

    abstract: ClassVar[bool] = True

    interval: Duration = timedelta(seconds=60)
    """Time between two looks."""

    def poll(self, ctx: RunContext) -> Fired | None:
        """Look once; None when there is nothing to start."""
        raise NotImplementedError


class EventTrigger(Trigger):
    """Starts on an event that reaches the engine: a webhook call, the end of another execution."""

    abstract: ClassVar[bool] = True

    def matches(self, ctx: RunContext, event: Mapping[str, Json]) -> Fired | None:
        """Answer with a start if the event is meant, None if not."""
        raise NotImplementedError
