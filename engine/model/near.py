"""The nearest valid name to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 200
_MOST = 2_000
"""Among more names only letter case and punctuation are forgiven: comparing takes microseconds for each."""


def nearest(word: str, names: Iterable[str], *, cutoff: float = 0.66) -> str | None:
    """Return the name most like `word`, letter case apart; None when nothing is near."""
    known = {name.lower(): name for name in sorted(names, reverse=True)}
    lowered = word.lower()[:_LONGEST]
    if lowered in known:
        return known[lowered]
    bare = {_bare(name): name for name in known}
    if _bare(lowered) in bare:
        return known[bare[_bare(lowered)]]
    if len(known) > _MOST:
        return None
    found = get_close_matches(lowered, known, n=1, cutoff=cutoff)
    return known[found[0]] if found else None


def _bare(name: str) -> str:
    return name.replace("-", "").replace("_", "").replace(".", "")


def did_you_mean(name: str | None) -> str | None:
    """Write the suggestion of a finding, if there is one."""
    return f"did you mean {name}?" if name else None
