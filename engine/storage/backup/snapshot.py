"""What a backup reads of a database: one state of it, however long that takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

PASSING = frozenset({"migrations", "execution_labels", "members", "calls"})
"""Tables that are not archived: made by the schema itself, kept equal to others by triggers, or true only
while processes run. What waits in the queue is found again by those that start."""


class Snapshot(Protocol):
    """One state of a database."""

    @property
    def database(self) -> str:
        """The kind of database."""

    @property
    def schema(self) -> int:
        """Number of the last migration that was made."""

    def tables(self) -> list[tuple[str, list[str]]]:
        """Return names and columns of the tables to keep."""

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a table."""
