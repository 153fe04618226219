"""The Avro schema of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from engine.errors import TaskFailure
from engine.model.json import Json

_LONG: Final = 1 << 63
_NUMBERS: Final = ("long", "decimal", "double")
"""Kinds of numbers; the later one holds what the earlier holds."""


def infer(rows: Iterable[Json], source: str, record: str = "Row") -> dict[str, Any]:
    """Return the schema that holds all rows: every field may be null, mixed kinds become text.

    Raises TaskFailure when there is no row, or a row is no map.
    """
    whole = _Seen()
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            raise TaskFailure(f"row {number} of {source} is no map, so it has no columns: {row!r:.100}")
        whole.add(row)
    if not whole.fields:
        raise TaskFailure(f"{source} has no rows to tell the columns from; give a `schema`")
    return whole.record(_Names(record))


class _Names:
    """Gives every record of a schema its own name."""

    def __init__(self, first: str) -> None:
        self._first = first
        self._count = 0

    def next(self) -> str:
        self._count += 1
        return self._first if self._count == 1 else f"{self._first}{self._count}"


@dataclass(slots=True)
class _Seen:
    """What was seen of one value in all rows."""

    kinds: set[str] = field(default_factory=set)
    whole_digits: int = 1
    fraction_digits: int = 0
    items: _Seen | None = None
    fields: dict[str, _Seen] = field(default_factory=dict)

    def add(self, value: Json) -> None:
        if value is None:
            return
        kind = _kind(value)
        self.kinds.add(kind)
        if kind in ("long", "decimal"):
            self._measure(Decimal(value))
        elif kind == "array":
            self.items = self.items or _Seen()
            for item in value:
                self.items.add(item)
        elif kind == "record":
            for key, item in value.items():
                self.fields.setdefault(str(key), _Seen()).add(item)

    def _measure(self, number: Decimal) -> None:
        digits = len(number.as_tuple().digits)
        exponent = number.as_tuple().exponent
        fraction = max(0, -exponent) if isinstance(exponent, int) else 0
        whole = digits + exponent if isinstance(exponent, int) else digits
        self.fraction_digits = max(self.fraction_digits, fraction)
        self.whole_digits = max(self.whole_digits, whole)

    def type(self, names: _Names) -> Any:
        kinds = self.kinds
        if len(kinds) > 1 and kinds <= set(_NUMBERS):
            kinds = {max(kinds, key=_NUMBERS.index)}
        if len(kinds) != 1:
            return "string"
        (kind,) = kinds
        if kind == "decimal":
            precision = self.whole_digits + self.fraction_digits
            # 38 digits are the most that Parquet readers know.
            if precision > 38:
                return "double"
            return _logical("bytes", "decimal", precision, self.fraction_digits)
        if kind == "array":
            return {"type": "array", "items": ["null", (self.items or _Seen()).type(names)]}
        if kind == "record":
            return self.record(names) if self.fields else {"type": "map", "values": ["null", "string"]}
        return _TYPES.get(kind, kind)

    def record(self, names: _Names) -> dict[str, Any]:
        name = names.next()
        fields = [
            {"name": key, "type": ["null", seen.type(names)], "default": None}
            for key, seen in self.fields.items()
        ]
        return {"type": "record", "name": name, "fields": fields}


def _kind(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "long" if -_LONG <= value < _LONG else "decimal"
    if isinstance(value, datetime):
        return "local" if value.tzinfo is None else "instant"
    if isinstance(value, Decimal):
        return "decimal" if value.is_finite() else "double"
    for kind, name in _KINDS.items():
        if isinstance(value, kind):
            return name
    return "string"


def _logical(base: str, logical: str, precision: int = 0, scale: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {"type": base, "logicalType": logical}
    return {**found, "precision": precision, "scale": scale} if precision else found


_KINDS: Final[dict[type, str]] = {
    float: "double",
    date: "date",
    time: "time",
    bytes: "bytes",
    list: "array",
    Mapping: "record",
}
_TYPES: Final[dict[str, Any]] = {
    "date": _logical("int", "date"),
    "time": _logical("long", "time-micros"),
    "local": _logical("long", "local-timestamp-micros"),
    "instant": _logical("long", "timestamp-micros"),
}
