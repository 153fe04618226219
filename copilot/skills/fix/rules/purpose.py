"""Failures that are no mistake of the flow, and what to say when no other rule fits."""

from __future__ import annotations

import re

from copilot.skills.fix.failure import Failure
from copilot.skills.fix.remedy import Remedy, advise
from engine.model.state import State

_MISSING_EXTRA = re.compile(r"[^\n]*\bpip install [^\n]*")


def on_purpose(failure: Failure) -> Remedy | None:
    """The flow itself decided to fail."""
    if not failure.type.endswith(("execution.Fail", "execution.Assert")):
        return None
    why = failure.lines[-1] if failure.lines else "no reason given"
    problem = f"the flow stopped itself: {why}"
    return advise(failure, "on-purpose", problem, "look at the condition that leads here and at its data")


def killed(failure: Failure) -> Remedy | None:
    """Somebody stopped it."""
    if failure.ended_as is not State.KILLED:
        return None
    return advise(failure, "killed", "the execution was stopped from outside", "start it again")


def missing_extra(failure: Failure) -> Remedy | None:
    """A driver is not installed with the service."""
    match = _MISSING_EXTRA.search(failure.text)
    if match is None or failure.type.startswith("io.kestra.plugin.scripts"):
        return None
    return advise(failure, "missing-driver", match[0].strip(), "install it where the service runs")


def anything(failure: Failure) -> Remedy | None:
    """No rule knows the failure: show its last word."""
    last = next((line for line in reversed(failure.lines) if line.strip() and line != "…"), "")
    problem = (
        f"'{failure.task_id}' failed: {last.splitlines()[0][:300]}"
        if last
        else f"'{failure.task_id}' failed without a log"
    )
    return advise(failure, "unknown", problem, "read the log of the task; no rule knows this failure")
