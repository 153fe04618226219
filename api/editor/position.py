"""Positions in a text as editors count them: UTF-16 units, or characters; lines and columns from 1."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import Literal

from engine.model.json import Json

Units = Literal["utf-16", "characters"]


class Positions:
    """Translates between offsets in characters, which are ours, and those of the editor.

    JavaScript and the language server protocol count UTF-16 units: a character outside the basic plane, such
    as most emoji, counts twice.
    """

    def __init__(self, text: str, units: Units = "utf-16") -> None:
        self.text = text
        self._wide = [] if units == "characters" else [i for i, one in enumerate(text) if one > "\uffff"]

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(index + 1 for index, one in enumerate(self.text) if one == "\n")]

    def outside(self, offset: int) -> int:
        """Return the editor's offset of a character."""
        return offset + bisect_right(self._wide, offset - 1)

    def inside(self, offset: int) -> int:
        """Return the character at an offset of the editor, at most the end of the text."""
        low, high = 0, len(self.text)
        while low < high:
            middle = (low + high) // 2
            if self.outside(middle) < offset:
                low = middle + 1
            else:
                high = middle
        return low

    def at(self, line: int, column: int) -> int:
        """Return the character at a line and an editor's column, both from 1; at most the line's end."""
        number = min(max(line, 1), len(self._lines)) - 1
        start = self._lines[number]
        end = self._lines[number + 1] - 1 if number + 1 < len(self._lines) else len(self.text)
        return min(self.inside(self.outside(start) + max(column, 1) - 1), end)

    def place(self, offset: int) -> dict[str, Json]:
        """Return offset, line and column of a character as the editor counts them."""
        number = bisect_right(self._lines, offset) - 1
        outside = self.outside(offset)
        return {
            "offset": outside,
            "line": number + 1,
            "column": outside - self.outside(self._lines[number]) + 1,
        }

    def span(self, start: int, end: int) -> dict[str, Json]:
        """Return both ends as offsets, as CodeMirror names them, and with lines and columns."""
        first, last = self.place(start), self.place(end)
        return {"from": first["offset"], "to": last["offset"], "start": first, "end": last}
