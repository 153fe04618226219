"""Which store a database address means."""

from __future__ import annotations

from pathlib import Path

from engine.errors import StorageError
from engine.storage.memory import MemoryStore
from engine.storage.ports import Store
from engine.storage.sqlite import SqliteStore

FILE = "flowsmith.db"
"""The database in the data folder when no address is given."""


def open_store(url: str | None, home: Path) -> Store:
    """Open `sqlite:///path`, `memory:` or, without an address, the SQLite file in `home`.

    Raises StorageError when the address has no meaning or the database cannot be opened.
    """
    if not url:
        return SqliteStore(home / FILE)
    if url in ("memory:", "memory://"):
        return MemoryStore()
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        # As SQLAlchemy has it: three slashes and a relative path, four and an absolute one.
        return SqliteStore(Path(url.removeprefix("sqlite:///")))
    if url.startswith(("postgresql://", "postgres://")):
        raise StorageError(
            "A postgresql:// database needs the PostgreSQL backend, which this version does not have; "
            "use sqlite:///path or leave the address out"
        )
    scheme = url.partition(":")[0]
    raise StorageError(
        f"A database address beginning with '{scheme}:' is not known; use sqlite:///path or memory:"
    )
