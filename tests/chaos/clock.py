"""A clock that can be set while a process goes by it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from engine.model.moment import now


class Clock:
    """The clock of one process, some seconds before or after the true one; shared by way of a file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        if not file.exists():
            self.set(0)

    def set(self, seconds: float) -> None:
        """Let it be this far ahead of the true one, from now on; behind, when negative."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.file)

    def __call__(self) -> datetime:
        """Return the moment it shows."""
        return now() + timedelta(seconds=float(self.file.read_text()))
