"""Suggestions for misspelt names."""

from __future__ import annotations

from collections.abc import Iterable

from engine.model import near

_SHOWN = 12


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the known name most like this one, or None."""
    known = [str(other) for other in names]
    # `outputs.my-task` is read as `outputs.my` minus `task`: the whole name is meant.
    begun = next((other for other in known if other.startswith(f"{name}-")), None)
    return begun or near.nearest(name, known, cutoff=0.6)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return `; did you mean `x`?`, or nothing."""
    close = nearest(name, names)
    return f"; did you mean `{close}`?" if close else ""


def listed(names: Iterable[str]) -> str:
    """Return the first names for a message."""
    known = sorted(str(name) for name in names)
    more = len(known) - _SHOWN
    return ", ".join(known[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
