"""Suggestions for misspelt names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 12


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the known name most like this one, or None."""
    known = [str(other) for other in names]
    lower = {other.lower(): other for other in known}
    if name.lower() in lower:
        return lower[name.lower()]
    begun = [other for other in known if other.startswith(f"{name}-")]
    if begun:
        return begun[0]
    close = get_close_matches(name[:100], [other[:100] for other in known[:1000]], n=1, cutoff=0.6)
    return close[0] if close else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return `; did you mean `x`?`, or nothing."""
    close = nearest(name, names)
    return f"; did you mean `{close}`?" if close else ""


def listed(names: Iterable[str]) -> str:
    """Return the first names for a message."""
    known = sorted(str(name) for name in names)
    more = len(known) - _SHOWN
    return ", ".join(known[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
