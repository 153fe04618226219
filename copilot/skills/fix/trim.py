"""A log cut down to what a reader needs: errors and what stands around them."""

from __future__ import annotations

from collections.abc import Sequence

MOST_LINES = 60
MOST_CHARACTERS = 6_000
LONGEST_LINE = 1_000
_AROUND = 2
_GAP = "…"


def trim(
    lines: Sequence[tuple[bool, str]], *, most_lines: int = MOST_LINES, most: int = MOST_CHARACTERS
) -> tuple[str, ...]:
    """Return the lines that are errors (`True`) with their neighbours, the last ones first kept.

    Never more than `most_lines` lines and `most` characters; `…` stands where something was left out.
    """
    kept = {
        near
        for number, (is_error, _) in enumerate(lines)
        if is_error
        for near in range(number - _AROUND, number + _AROUND + 1)
        if 0 <= near < len(lines)
    } or set(range(max(0, len(lines) - 10), len(lines)))
    chosen: list[int] = []
    room = most
    for number in sorted(kept, reverse=True):
        cost = min(len(lines[number][1]), LONGEST_LINE) + 1
        if len(chosen) == most_lines or (chosen and cost > room):
            break
        room -= cost
        chosen.append(number)
    shown: list[str] = []
    before = -1
    for number in sorted(chosen):
        if number != before + 1:
            shown.append(_GAP)
        shown.append(_short(lines[number][1]))
        before = number
    return tuple(shown)


def _short(line: str) -> str:
    line = line.rstrip()
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + _GAP
