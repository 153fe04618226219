"""Things that must all happen within a window of time: what was met is remembered with the trigger."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from engine.model.json import Json
from engine.model.moment import from_text, to_text
from engine.plugin import Duration
from engine.storage.ports import TriggerState

if TYPE_CHECKING:
    from engine.plugin import RunContext

_DAY = timedelta(days=1)


class TimeWindow(BaseModel):
    """The window of time in which everything must happen."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    type: Literal["DURATION_WINDOW", "SLIDING_WINDOW", "DAILY_TIME_DEADLINE", "DAILY_TIME_WINDOW"] = (
        "DURATION_WINDOW"
    )
    """`DURATION_WINDOW`: windows of one length side by side, counted from midnight. `SLIDING_WINDOW`: the
    last stretch of time. `DAILY_TIME_DEADLINE`: every day until a time. `DAILY_TIME_WINDOW`: every day
    between two times."""

    window: Duration | None = None
    """Length of the window; a day when left out."""

    window_advance: Duration | None = None
    """For `DURATION_WINDOW`: how long after midnight the first window begins."""

    deadline: time | None = None
    """For `DAILY_TIME_DEADLINE`: the time of day at which the window ends."""

    start_time: time | None = None
    """For `DAILY_TIME_WINDOW`: the time of day at which the window begins."""

    end_time: time | None = None
    """For `DAILY_TIME_WINDOW`: the time of day at which the window ends."""

    @model_validator(mode="after")
    def _complete(self) -> TimeWindow:
        if self.window is not None and self.window <= timedelta(0):
            raise ValueError("`window` must be longer than nothing")
        if self.type == "DAILY_TIME_DEADLINE" and self.deadline is None:
            raise ValueError("`DAILY_TIME_DEADLINE` needs a `deadline`, like 09:00:00")
        if self.type == "DAILY_TIME_WINDOW" and (self.start_time is None or self.end_time is None):
            raise ValueError("`DAILY_TIME_WINDOW` needs `startTime` and `endTime`, like 09:00:00")
        return self

    def around(self, moment: datetime) -> tuple[datetime, datetime] | None:
        """Return begin and end of the window a moment is in, None when it is in none.

        Times of day count in the zone of the moment.
        """
        length = self.window or _DAY
        if self.type == "SLIDING_WINDOW":
            return moment - length, moment
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.type == "DURATION_WINDOW":
            first = midnight + (self.window_advance or timedelta(0))
            begin = first + ((moment - first) // length) * length
            return begin, begin + length
        begin = midnight if self.type == "DAILY_TIME_DEADLINE" else _at(midnight, self.start_time)
        end = _at(midnight, self.deadline if self.type == "DAILY_TIME_DEADLINE" else self.end_time)
        return (begin, end) if begin <= moment <= end else None


def _at(midnight: datetime, clock: time | None) -> datetime:
    return datetime.combine(midnight.date(), clock or time(), tzinfo=midnight.tzinfo)


def all_met(
    ctx: RunContext,
    name: str,
    window: TimeWindow,
    wanted: Collection[str],
    met: Collection[str],
    *,
    reset: bool,
) -> bool:
    """Remember what was met just now, and tell whether with it everything wanted was met in the window.

    `reset`: afterwards everything is wanted anew, also in the same window; otherwise a window is fulfilled
    only once.
    """
    at = ctx.where
    now = ctx.clock().astimezone(ctx.world.zone)
    span = window.around(now)
    if span is None or not met:
        return False
    fulfilled = False

    def change(state: TriggerState | None) -> TriggerState:
        nonlocal fulfilled
        state = state or TriggerState(at.namespace, at.flow_id, at.trigger_id, "FLOW", now)
        facts = state.facts or {}
        known, fulfilled = _counted(
            facts.get("windows", {}).get(name, {}), span, now, wanted, met, reset=reset
        )
        windows = {**facts.get("windows", {}), name: known}
        return replace(state, updated=now, facts={**facts, "windows": windows})

    ctx.world.store.triggers.update(at.namespace, at.flow_id, at.trigger_id, change)
    return fulfilled


def _counted(
    known: Mapping[str, Json],
    span: tuple[datetime, datetime],
    now: datetime,
    wanted: Collection[str],
    met: Collection[str],
    *,
    reset: bool,
) -> tuple[dict[str, Json], bool]:
    """Return what is to be remembered, and whether everything is met."""
    begin, _ = span
    dates: dict[str, Json] = {
        one: date for one, date in known.get("met", {}).items() if from_text(date) >= begin and one in wanted
    }
    dates.update((one, to_text(now)) for one in met)
    fired = known.get("fired")
    if fired is not None and from_text(fired) < begin:
        fired = None
    complete = set(wanted) <= dates.keys()
    if not complete or (fired is not None and not reset):
        return {"met": dates, "fired": fired}, False
    return {"met": {} if reset else dates, "fired": None if reset else to_text(now)}, True
