"""Which store a database address means."""

from __future__ import annotations

from pathlib import Path

from engine.errors import StorageError
from engine.storage.memory import MemoryStore
from engine.storage.ports import Store
from engine.storage.sqlite import SqliteStore

FILE = "flowsmith.db"
"""The database in the data folder when no address is given."""


def owners_folder(url: str | None, home: Path) -> Path:
    """Return the folder in which the processes that share a database tell each other that they are alive.

    It is beside the file of the database, found through links too, so that it does not depend on `home`.
    """
    path = _sqlite_path(url, home)
    if path is None:
        return home / "owners"
    real = path.resolve()
    return real.with_name(f"{real.name}.owners")


def _sqlite_path(url: str | None, home: Path) -> Path | None:
    if not url:
        return home / FILE
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        # As SQLAlchemy has it: three slashes and a relative path, four and an absolute one.
        return Path(url.removeprefix("sqlite:///"))
    return None


def open_store(url: str | None, home: Path) -> Store:
    """Open `postgresql://…`, `sqlite:///path`, `memory:` or, without an address, the SQLite file in `home`.

    Raises StorageError when the address has no meaning or the database cannot be opened.
    """
    path = _sqlite_path(url, home)
    if path is not None:
        return SqliteStore(path)
    url = url or ""
    if url in ("memory:", "memory://"):
        return MemoryStore()
    if url.startswith(("postgresql://", "postgres://")):
        # Its driver takes longer to import than all the rest, and most starts do not need it.
        from engine.storage.postgresql import PostgresStore

        return PostgresStore(url)
    scheme = url.partition(":")[0]
    raise StorageError(
        f"A database address beginning with '{scheme}:' is not known; "
        "use postgresql://…, sqlite:///path or memory:"
    )
