"""Cutting documents into segments, by number of characters, where a reader would cut them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from engine.plugin import Part

Splitter = Literal["RECURSIVE", "PARAGRAPH", "LINE", "SENTENCE", "WORD"]

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


class DocumentSplitter(Part):
    """How documents are cut into segments."""

    splitter: Splitter = "RECURSIVE"
    """Where to cut first: `PARAGRAPH`, `LINE`, `SENTENCE` or `WORD`; what is still too long is cut at the
    next finer place. `RECURSIVE` begins with paragraphs."""

    max_segment_size_in_chars: int = Field(gt=0)
    """Longest segment."""

    max_overlap_size_in_chars: int = Field(ge=0)
    """How much of the end of a segment is repeated at the beginning of the next: whole sentences only."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.max_overlap_size_in_chars >= self.max_segment_size_in_chars:
            raise ValueError("`maxOverlapSizeInChars` must be less than `maxSegmentSizeInChars`")
        return self

    def split(self, text: str) -> list[str]:
        """Return the segments in order; none is empty or longer than allowed."""
        levels = _LEVELS[_FIRST[self.splitter] :]
        return [
            piece
            for piece in _split(text, self.max_segment_size_in_chars, self.max_overlap_size_in_chars, levels)
            if piece.strip()
        ]


Level = tuple[Callable[[str], Sequence[str]], str]
"""How to cut, and what joins the parts again."""


def _paragraphs(text: str) -> Sequence[str]:
    return re.split(r"\s*(?:\r?\n){2,}\s*", text)


def _lines(text: str) -> Sequence[str]:
    return re.split(r"\s*\r?\n\s*", text)


_LEVELS: tuple[Level, ...] = (
    (_paragraphs, "\n\n"),
    (_lines, "\n"),
    (_SENTENCE_END.split, " "),
    (str.split, " "),
    (list, ""),
)
_FIRST: dict[Splitter, int] = {"RECURSIVE": 0, "PARAGRAPH": 0, "LINE": 1, "SENTENCE": 2, "WORD": 3}


def _split(text: str, size: int, overlap: int, levels: Sequence[Level]) -> Iterator[str]:
    """Join parts as long as they fit; a part that is too long alone is cut at the next finer level."""
    cut, joint = levels[0]
    current = ""
    begun = False  # whether `current` holds more than what is repeated from the segment before
    for part in cut(text.strip()):
        if not part:
            continue
        joined = f"{current}{joint}{part}" if current else part
        if len(joined) <= size:
            current, begun = joined, True
            continue
        if begun:
            yield current
        current, begun = _tail(current, overlap) if begun else "", False
        joined = f"{current}{joint}{part}" if current else part
        if len(joined) <= size:
            current, begun = joined, True
        elif len(part) <= size:
            current, begun = part, True
        else:
            *whole, current = list(_split(part, size, overlap, levels[1:])) or [""]
            yield from whole
            begun = bool(current)
    if begun:
        yield current


def _tail(text: str, overlap: int) -> str:
    """Return the last whole sentences of a text that are together no longer than the overlap."""
    kept = ""
    for sentence in reversed(_SENTENCE_END.split(text)):
        longer = f"{sentence} {kept}" if kept else sentence
        if len(longer) > overlap:
            break
        kept = longer
    return kept
