"""What the errors of model servers become: one sentence with what was asked of whom, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.errors import TaskFailure

_LONGEST = 300


def refused(
    who: str,
    model: str,
    address: str,
    status: int,
    said: str,
    *,
    keys: Iterable[str],
    wait: str | None = None,
) -> TaskFailure:
    """Return the failure of an answer with an error status; `keys` are masked in what the server said."""
    said = short(said, keys)
    at = f"{who} at {address}"
    quoted = f" (it said: {said})" if said else ""
    if status in (401, 403):
        text = f"{at} refused the API key ({status}); check the key of the provider{quoted}"
    elif status == 404:
        text = f"{at} does not know the model '{model}' (404); check `modelName` and the address{quoted}"
    elif status == 429:
        when = f"in {wait} s" if wait and re.fullmatch(r"\d+(\.\d+)?", wait) else "later"
        advice = f"try again {when}, or add `retry` to the task"
        text = f"{at} is over its limit or out of quota (429); {advice}{quoted}"
    elif status in (400, 422):
        text = f"{at} did not accept the request ({status}): {said or 'no reason given'}"
    else:
        text = f"{at} answered with status {status}; try again later{quoted}"
    return TaskFailure(text)


def silent(who: str, model: str, address: str, timeout_s: float) -> TaskFailure:
    """Return the failure of a server that did not answer in time."""
    return TaskFailure(
        f"{who} at {address} did not answer within {timeout_s:g} s; try again, or choose a faster model than "
        f"'{model}'"
    )


def unreachable(who: str, address: str, error: BaseException) -> TaskFailure:
    """Return the failure of a server that cannot be reached."""
    reason = type(error.__cause__ or error).__name__
    return TaskFailure(f"{who} at {address} cannot be reached ({reason}); check the address and that it runs")


def unreadable(who: str, address: str) -> TaskFailure:
    """Return the failure of an answer in no known form."""
    return TaskFailure(
        f"{who} at {address} answered in an unknown form; check that the address is that of its API"
    )


def short(said: str, keys: Iterable[str]) -> str:
    """Return one line of what a server said, without the keys."""
    for key in keys:
        if key:
            said = said.replace(key, "******")
    return " ".join(said.split())[:_LONGEST]
