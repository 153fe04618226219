"""Reads `retry`: which durations its type needs, and their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from engine.model.flow import Retry
from engine.validation.raw import Raw, listed

_NEEDS = {
    "constant": ("interval",),
    "exponential": ("interval", "maxInterval"),
    "random": ("minInterval", "maxInterval"),
}
_BEHAVIORS = ("RETRY_FAILED_TASK", "CREATE_NEW_EXECUTION")
_ORDERED = (
    ("interval", "maxDuration"),
    ("interval", "maxInterval"),
    ("minInterval", "maxInterval"),
    ("maxInterval", "maxDuration"),
)


def read_retry(raw: Raw | None) -> Retry | None:
    """Return the retry; None when absent or without a usable type."""
    if raw is None:
        return None
    raw.renamed("maxAttempt", "maxAttempts")
    kind = raw.choice("type", tuple(_NEEDS), required=True)
    if kind is None:
        return None
    needs = _NEEDS[kind]
    names = dict.fromkeys((*needs, "maxDuration"))
    times = {name: raw.duration(name, required=name in needs) for name in names}
    retry = Retry(
        kind=kind,
        interval=times.get("interval"),
        min_interval=times.get("minInterval"),
        max_interval=times.get("maxInterval"),
        max_duration=times["maxDuration"],
        max_attempts=raw.integer("maxAttempts", least=1),
        warning_on_retry=raw.flag("warningOnRetry"),
        behavior=raw.choice("behavior", _BEHAVIORS) or "RETRY_FAILED_TASK",
    )
    if kind == "exponential":
        retry = replace(retry, delay_factor=_factor(raw))
    _check_order(raw, times)
    _finish(raw, kind)
    return retry


def _factor(raw: Raw) -> float:
    value = raw.get("delayFactor")
    if value is None:
        return 2.0
    try:
        factor = float(value)
    except (TypeError, ValueError):
        factor = -1
    if isinstance(value, bool) or factor < 0:
        raw.wrong("delayFactor", f"'{value}' is not a positive number", "write it like 2.0")
        return 2.0
    return factor


def _check_order(raw: Raw, times: dict[str, timedelta | None]) -> None:
    for smaller, larger in _ORDERED:
        low, high = times.get(smaller), times.get(larger)
        if low is not None and high is not None and low >= high:
            raw.wrong(smaller, f"{smaller} must be shorter than {larger}", f"it is {low}, {larger} is {high}")


def _finish(raw: Raw, kind: str) -> None:
    for name in ("interval", "minInterval", "maxInterval", "delayFactor"):
        if name in raw.data and name not in raw.known:
            kinds = [other for other, needs in _NEEDS.items() if name in needs]
            owner = listed(kinds or ["exponential"])
            raw.report.error(
                "unknown-property",
                f"'{name}' has no meaning for a {kind} retry",
                raw.at(name),
                f"remove it, or use type {owner}",
            )
            raw.ignored(name)
    raw.finish("maxAttempt")
