"""What restores on every database have in common."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import StorageError
from engine.storage.backup.archive import Archive, Table


def quoted(name: str) -> str:
    """Write a name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def checked_columns(archive: Archive, table: Table, known: Sequence[str]) -> str:
    """Return the columns in SQL; raises StorageError when the table or one of them is not known."""
    if not known:
        raise StorageError(f"The backup '{archive.path}' has a table '{table.name}' that is not ours")
    strange = [column for column in table.columns if column not in known]
    if strange:
        raise StorageError(
            f"The backup '{archive.path}' has a column '{strange[0]}' in the table '{table.name}' "
            "that is not ours"
        )
    return ", ".join(map(quoted, table.columns))


def unfit(archive: Archive, table: Table, error: Exception) -> StorageError:
    """Return the error for rows that the database does not take."""
    reason = str(error).partition("\n")[0]
    return StorageError(f"The backup '{archive.path}' does not fit the table '{table.name}': {reason}")
