"""What is known of a stored file without reading it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file or folder: `path` relative to the root, `size` in bytes."""

    path: str
    size: int
    modified: datetime
    folder: bool = False
