"""Errors of SQLite as sentences for the person who runs the service."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType

from engine.errors import StorageError

_ADVICE = (
    ("not a database", "is not an SQLite database; give another file, or move this one away"),
    ("malformed", "is damaged; restore it from a backup"),
    ("unable to open", "cannot be opened; check that its folder exists and may be written"),
    ("readonly", "may not be written; check the permissions of the file and of its folder"),
    ("disk is full", "cannot grow, the disk is full; make room"),
    ("locked", "is being written by another process for too long; stop the other process"),
    ("disk i/o error", "cannot be read or written; check the disk and its free space"),
)
_OURS = (sqlite3.IntegrityError, sqlite3.InterfaceError)


class translated:  # noqa: N801 - reads as a word of the `with` statement
    """Inside the block errors of SQLite become StorageError; mistakes of our own statements stay as they are.

    A class, not a generator: it stands in the path of every statement.
    """

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the block."""
        if isinstance(error, sqlite3.Error) and not isinstance(error, _OURS):
            raise StorageError(describe(error, self._path)) from error


def describe(error: sqlite3.Error, path: Path) -> str:
    """Return what is wrong with the database and what to do."""
    text = str(error).lower()
    advice = next((advice for sign, advice in _ADVICE if sign in text), None)
    if advice is None:
        return f"The database '{path}' failed: {error}"
    return f"The database '{path}' {advice} ({error})"
