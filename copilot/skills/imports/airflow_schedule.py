"""An Airflow schedule as a cron expression, where there is one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.model.json import Json

_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_SECONDS = re.compile(r"PT(\d+)S")


@dataclass(frozen=True, slots=True)
class Schedule:
    """The cron expression, or what is wrong with turning it into one; neither when there is no schedule."""

    cron: str = ""
    problem: str = ""


def schedule_of(value: Json) -> Schedule:
    """Read a schedule: None, a nickname, cron, or a duration as `PT<seconds>S`; other text is code."""
    if value in (None, "@once", "@none", ""):
        return Schedule()
    if not isinstance(value, str):
        return Schedule(problem=f"schedule {value}: starts when data sets change")
    if value in _NICKNAMES:
        return Schedule(_NICKNAMES[value])
    if match := _SECONDS.fullmatch(value):
        return _every(int(match[1]))
    if len(value.split()) == 5:
        return Schedule(value)
    return Schedule(problem=f"schedule {value}")


def _every(seconds: int) -> Schedule:
    minutes, rest = divmod(seconds, 60)
    if not rest and minutes and 60 % minutes == 0:
        return Schedule("0 * * * *" if minutes == 60 else f"*/{minutes} * * * *")
    hours, rest = divmod(minutes, 60)
    if not rest and hours and 24 % hours == 0:
        return Schedule("0 0 * * *" if hours == 24 else f"0 */{hours} * * *")
    if minutes == 7 * 24 * 60:
        return Schedule("0 0 * * 0")
    return Schedule(problem=f"schedule every {seconds} s: cron cannot say it")
