"""What CopyIn and CopyOut share: the options of COPY."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.errors import TaskFailure
from engine.plugin import Task, Text
from engine.plugins.jdbc.postgresql._connection import PostgresProperties


class CopyTask(PostgresProperties, Task):
    """Options of COPY; only those that are set are sent."""

    abstract: ClassVar[bool] = True

    table: str | None = None
    """The table, with its schema if needed; written into the SQL as it is."""
    columns: list[str] | None = None
    """The columns, in the order of the file; all when left out."""
    format: Literal["TEXT", "CSV", "BINARY"] = "TEXT"
    """Format of the file."""
    header: bool | None = None
    """Whether the first line holds the names of the columns."""
    delimiter: Text | None = None
    """Character between columns."""
    null_string: Text | None = None
    """Text that stands for NULL."""
    quote: Text | None = None
    """Character around values."""
    escape: Text | None = None
    """Character in front of a quote inside a value."""
    force_quote: list[str] | None = None
    """Columns whose values are always quoted; `*` for all."""
    force_not_null: list[str] | None = None
    """Columns whose empty values are empty texts, not NULL."""
    force_null: list[str] | None = None
    """Columns whose quoted empty values are NULL too."""
    encoding: str | None = None
    """Encoding of the file."""
    freeze: bool | None = None
    """Write rows as frozen; only for a table made in the same transaction."""
    oids: bool | None = None
    """Without effect: PostgreSQL has no OIDs of rows any more."""
    socket_timeout: int | None = None
    """Without effect: the task's `timeout` ends it."""

    def target(self) -> str:
        """Return table and columns; raises TaskFailure when there is no table."""
        if not self.table:
            raise TaskFailure("`table` is missing; name the table to copy")
        return f"{self.table} ({', '.join(self.columns)})" if self.columns else self.table

    def options(self) -> str:
        """Return the WITH clause, empty when nothing is set."""
        parts = [] if self.format == "TEXT" else [f"FORMAT {self.format}"]
        parts += [f"FREEZE {_switch(self.freeze)}"] if self.freeze is not None else []
        parts += [f"HEADER {_switch(self.header)}"] if self.header is not None else []
        texts = {
            "DELIMITER": self.delimiter,
            "NULL": self.null_string,
            "QUOTE": self.quote,
            "ESCAPE": self.escape,
            "ENCODING": self.encoding,
        }
        parts += [f"{name} {_literal(text)}" for name, text in texts.items() if text is not None]
        lists = {
            "FORCE_QUOTE": self.force_quote,
            "FORCE_NOT_NULL": self.force_not_null,
            "FORCE_NULL": self.force_null,
        }
        parts += [f"{name} {_columns(names)}" for name, names in lists.items() if names]
        return f" WITH ({', '.join(parts)})" if parts else ""


def _switch(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _literal(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"E'{doubled}'" if "\\" in text and len(text) == 2 else f"'{doubled}'"


def _columns(names: list[str]) -> str:
    return "*" if names == ["*"] else f"({', '.join(names)})"
