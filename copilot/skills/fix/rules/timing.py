"""Tasks that took too long."""

from __future__ import annotations

import re

from copilot.skills.fix.failure import Failure
from copilot.skills.fix.remedy import Remedy, advise, change, put

_TIMEOUT = re.compile(r"Timeout after (?P<duration>P[\w.]+)")
_PARTS = re.compile(
    r"P(?:(?P<days>[\d.]+)D)?(?:T(?:(?P<hours>[\d.]+)H)?(?:(?P<minutes>[\d.]+)M)?(?:(?P<seconds>[\d.]+)S)?)?"
)
_STEPS_S = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400)
_FACTOR = 3


def timed_out(failure: Failure) -> Remedy | None:
    """The task's own timeout ended it: give it about three times as long."""
    match = _TIMEOUT.search(failure.text)
    if match is None:
        return None
    had = seconds_of(match["duration"])
    problem = f"the task was stopped after {match['duration']}"
    wanted = next((step for step in _STEPS_S if step >= _FACTOR * had), None)
    written = failure.task.get("timeout")
    if not had or wanted is None or (isinstance(written, str) and "{{" in written):
        hint = "make the work smaller, or raise `timeout`"
        return advise(failure, "timeout", problem, hint, ("timeout",))
    longer = duration_text(wanted)
    hint = f"it gets {longer}; if it hangs, look at what it waits for"
    return change(failure, "timeout", problem, hint, ("timeout",), put(failure, ("timeout",), longer))


def seconds_of(text: str) -> float:
    """Read an ISO-8601 duration, 0 when it is none."""
    match = _PARTS.fullmatch(text)
    if match is None:
        return 0.0
    factors = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
    return sum(float(match[name]) * factor for name, factor in factors.items() if match[name])


def duration_text(seconds: int) -> str:
    """Write seconds as an ISO-8601 duration in its largest whole unit."""
    for unit, size in (("H", 3600), ("M", 60)):
        if seconds % size == 0:
            return f"PT{seconds // size}{unit}"
    return f"PT{seconds}S"
