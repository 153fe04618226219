"""Conditions of a query, collected with their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from engine.model.moment import to_text

_HIGHEST = "\U0010ffff"


class Where:
    """A WHERE clause that grows; conditions on None are not made."""

    def __init__(self) -> None:
        self.clauses: list[str] = []
        self.values: list[Any] = []

    def add(self, clause: str, *values: Any) -> None:
        """Add a condition with its values."""
        self.clauses.append(clause)
        self.values.extend(values)

    def equal(self, **columns: Any) -> None:
        """Add `column = value` for every value that is not None."""
        for column, value in columns.items():
            if value is not None:
                self.add(f"{column} = ?", value)

    def one_of(self, column: str, values: Iterable[Any]) -> None:
        """Add `column IN (…)`; no values, no condition."""
        listed = list(values)
        if listed:
            self.add(f"{column} IN ({', '.join('?' * len(listed))})", *listed)

    def moments(self, column: str, bounds: Mapping[str, datetime | None]) -> None:
        """Add `column operator moment` for every operator that has a moment."""
        for operator, moment in bounds.items():
            if moment is not None:
                self.add(f"{column} {operator} ?", to_text(moment))

    def below(self, column: str, namespace: str | None, *, many: bool = False) -> None:
        """Add: the namespace or one below it, as two ranges of an index.

        With `many` in a form for which no index is used: where most rows fit, walking along the index of the
        sort order and testing each row is quicker than fetching and sorting all that fit.
        """
        if namespace is not None:
            column = f"({column} || '')" if many else column
            self.add(
                f"({column} = ? OR ({column} >= ? AND {column} < ?))",
                namespace,
                f"{namespace}.",
                f"{namespace}/",
            )

    def begins(self, column: str, prefix: str) -> None:
        """Add: the column begins with the prefix, as a range of an index."""
        if prefix:
            self.add(f"{column} >= ? AND {column} < ?", prefix, prefix + _HIGHEST)

    def __str__(self) -> str:
        """The clause with its keyword, or nothing."""
        return f" WHERE {' AND '.join(self.clauses)}" if self.clauses else ""


def pattern(text: str) -> str:
    r"""Return the LIKE pattern that finds a text anywhere; to be used with `ESCAPE '\'`."""
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%"
