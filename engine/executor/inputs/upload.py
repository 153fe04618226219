"""A file given for a FILE input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True, slots=True)
class Upload:
    """The name the file had, and its content."""

    filename: str
    content: bytes | IO[bytes]
