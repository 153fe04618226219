"""Rows of stored files: one value a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from engine.expression.ion import read_ion_rows, write_ion_rows
from engine.model.id import new_id
from engine.model.json import Json

if TYPE_CHECKING:
    from engine.plugin import RunContext


def read_rows(ctx: RunContext, uri: str) -> Iterator[Json]:
    """Yield the rows of a file."""
    with ctx.open(uri) as source:
        yield from read_ion_rows(source)


def fields_of(row: Json) -> Mapping[str, Json]:
    """Return the variables an expression sees for a row: its fields, or `value` if it is no map."""
    return row if isinstance(row, Mapping) else {"value": row}


def store_rows(ctx: RunContext, rows: Iterable[Json], name: str) -> str:
    """Store rows as a file and return its address."""
    path = ctx.work_dir / f"rows-{new_id()}"
    try:
        with path.open("wb") as file:
            write_ion_rows(rows, file)
        return ctx.put(name, path)
    finally:
        path.unlink(missing_ok=True)
