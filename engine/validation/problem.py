"""What is wrong with a reference, and the text to put in its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.model.finding import Severity
from engine.model.near import did_you_mean, nearest
from engine.validation.raw import listed

_GUARD = "guard it with ?? or `default`"


@dataclass(frozen=True, slots=True)
class Problem:
    """`old` is the beginning of the reference as written, `new` what mends it; both empty when unknown."""

    message: str
    suggestion: str | None = None
    severity: Severity = Severity.ERROR
    old: str = ""
    new: str = ""


def uncertain(message: str, suggestion: str | None = None, *, old: str = "", new: str = "") -> Problem:
    """Return a problem of something that may be there and may be not."""
    return Problem(message, suggestion or _GUARD, Severity.WARNING, old, new)


def wrong_member(message: str, root: str, wanted: str, known: Iterable[str]) -> Problem:
    """Return the problem of a member that does not exist, with the nearest or all that do."""
    names = sorted(known)
    near = nearest(wanted, names)
    if near:
        new = f"{root}{access(near)}"
        return Problem(message, did_you_mean(new), old=f"{root}.{wanted}", new=new)
    return Problem(message, f"there are {listed(names)}" if 0 < len(names) <= 12 else None)


def member_of(root: str, path: tuple[str, ...], known: tuple[str, ...]) -> Problem | None:
    """Return the problem of `root.x` when `x` is not one of the known members."""
    if len(path) < 2 or path[1] in known:
        return None
    message = f"`{root}` has no '{path[1]}'"
    near = nearest(path[1], known)
    if near is None:
        return Problem(message, f"it has {listed(known)}")
    return Problem(message, did_you_mean(near), old=f"{root}.{path[1]}", new=f"{root}.{near}")


def access(name: str) -> str:
    """Write the access to a member: `.name`, or `['my-name']` where the name needs it."""
    parts = name.split(".")
    if all(part.replace("_", "a").isalnum() and not part[:1].isdigit() for part in parts):
        return f".{name}"
    return f"['{name}']"
