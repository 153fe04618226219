"""The store in one SQLite file: the default of the embedded engine."""

from __future__ import annotations

from pathlib import Path

from engine.storage.sql.store import SqlStore
from engine.storage.sqlite.database import SqliteDatabase

__all__ = ["SqliteStore"]


class SqliteStore(SqlStore):
    """A store in a file; several processes may use it at the same time."""

    def __init__(self, path: Path) -> None:
        super().__init__(SqliteDatabase(path))
