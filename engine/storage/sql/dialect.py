"""Where SQLite and PostgreSQL differ; everything else is written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Dialect:
    """The spelling of one database. Statements are written with `?` and the names in braces."""

    name: str
    placeholder: str
    """What stands for a value: `?` or `%s`."""
    key: str
    """Type of a text column that is compared and sorted by code points (not by a locale)."""
    blob: str
    """Type of a column of raw bytes."""
    big: str
    """Type of a whole number of 64 bits."""
    contains: str
    """Operator that matches a pattern without regard to the case of ASCII letters."""
    label_rows: Sequence[str]
    """Statements that keep `execution_labels` equal to `executions.labels`: triggers, so that the hot upsert
    need not know whether the labels changed. With them comes what only this database needs."""
    more: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """What only this database needs in addition, by the number of the migration it belongs to."""
    guard: str | None = None
    """Statement that lets one transaction at a time go on for a key, where several write at once."""
    fence: str | None = None
    """Query that returns a row as long as a process may write, where one can be declared dead."""
    lock_rows: str = ""
    """What a query ends with so that others wait with its rows."""
    log_numbers: str | None = None
    """Query that returns so many new indexes of log entries, where the writer is not alone."""

    def sql(self, statement: str) -> str:
        """Write a statement for this database; `?` appears in statements only as placeholder."""
        if self.placeholder == "?":
            return statement
        return statement.replace("%", "%%").replace("?", self.placeholder)

    def ddl(self, statement: str) -> str:
        """Fill in the types of a schema statement."""
        return statement.format(key=self.key, blob=self.blob, big=self.big)
