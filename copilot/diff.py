"""The difference between two texts: unified, and as hunks that can be taken one by one."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass

from engine.model.json import Json


@dataclass(frozen=True, slots=True)
class Hunk:
    """A run of changed lines; lines count from 1, `old_count` and `new_count` may be 0."""

    index: int
    old_start: int
    old: tuple[str, ...]
    new_start: int
    new: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """Return the hunk as JSON."""
        return {
            "index": self.index,
            "oldStart": self.old_start,
            "old": list(self.old),
            "newStart": self.new_start,
            "new": list(self.new),
        }


def hunks(before: str, after: str) -> list[Hunk]:
    """Return the runs of changed lines, in order."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found: list[Hunk] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found.append(Hunk(len(found), i1 + 1, tuple(old[i1:i2]), j1 + 1, tuple(new[j1:j2])))
    return found


def take(before: str, after: str, chosen: Collection[int]) -> str:
    """Return the text with only the chosen hunks applied."""
    lines = before.splitlines(keepends=True)
    for hunk in reversed(hunks(before, after)):
        if hunk.index in chosen:
            lines[hunk.old_start - 1 : hunk.old_start - 1 + len(hunk.old)] = hunk.new
    return "".join(lines)


def unified(before: str, after: str, *, name: str = "flow.yaml") -> str:
    """Return the unified diff, empty when nothing changed."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
