"""Copying a content into an open file, a piece at a time."""

from __future__ import annotations

from pathlib import Path
from typing import IO

PIECE_BYTES = 1 << 20


def copy_into(content: bytes | IO[bytes] | Path, target: IO[bytes]) -> int:
    """Write a content and return how many bytes it has; at most one piece of a file is in memory."""
    if isinstance(content, bytes):
        target.write(content)
        return len(content)
    if isinstance(content, Path):
        with content.open("rb") as source:
            return copy_into(source, target)
    size = 0
    while piece := content.read(PIECE_BYTES):
        target.write(piece)
        size += len(piece)
    return size
