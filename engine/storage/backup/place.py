"""Which database an address means, for reading all of it and for making it anew."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from engine.errors import StorageError
from engine.storage.backup import sqlite
from engine.storage.backup.archive import Archive
from engine.storage.backup.snapshot import Snapshot
from engine.storage.opening import FILE

_SQLITE = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Place:
    """A database that is not opened by an engine: exactly one of `path` and `url` is set."""

    path: Path | None
    url: str | None

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Open one state of it for reading. Raises StorageError when there is none."""
        if self.path is not None:
            return sqlite.snapshot(self.path)
        from engine.storage.backup import postgresql  # its driver is not needed for a file

        return postgresql.snapshot(self.url or "")

    def holds_data(self) -> bool:
        """Tell whether there are rows in it."""
        if self.path is not None:
            return sqlite.holds_data(self.path)
        from engine.storage.backup import postgresql

        return postgresql.holds_data(self.url or "")

    def load(self, archive: Archive, *, any_key: bool) -> None:
        """Replace everything in it by an archive, wholly or not at all."""
        if self.path is not None:
            sqlite.load(self.path, archive, any_key=any_key)
            return
        from engine.storage.backup import postgresql

        postgresql.load(self.url or "", archive, any_key=any_key)


def find_place(url: str | None, home: Path) -> Place:
    """Return the database of an address, as `open_store` reads it. Raises StorageError for one in memory."""
    if not url:
        return Place(home / FILE, None)
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        return Place(Path(url.removeprefix(_SQLITE)).resolve(), None)
    if url.startswith(("postgresql://", "postgres://")):
        return Place(None, url)
    raise StorageError(
        f"A database at '{url.partition(':')[0]}:' cannot be backed up or restored; "
        "use postgresql://…, sqlite:///path or the file in the data folder"
    )
