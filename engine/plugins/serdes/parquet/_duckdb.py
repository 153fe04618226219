"""DuckDB as reader and writer of Parquet."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import TaskFailure
from engine.model import uri as uris
from engine.model.id import new_id

if TYPE_CHECKING:
    import duckdb

    from engine.plugin import RunContext

_MEMORY = "512MB"


@contextlib.contextmanager
def opened(ctx: RunContext) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that writes to the working directory what does not fit; a kill stops it.

    What DuckDB raises becomes a TaskFailure with its first line.
    """
    import duckdb

    folder = ctx.work_dir / f"duckdb-{new_id()}"
    connection = duckdb.connect(":memory:", config={"memory_limit": _MEMORY, "temp_directory": str(folder)})

    def interrupt() -> None:
        with contextlib.suppress(duckdb.Error):  # it has ended by itself
            connection.interrupt()

    ctx.on_cancel(interrupt)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
    except duckdb.Error as error:
        raise TaskFailure(str(error).strip().partition("\n")[0]) from error
    finally:
        connection.close()


@contextlib.contextmanager
def local_copy(ctx: RunContext, uri: str) -> Iterator[Path]:
    """Give a stored file a place on this machine."""
    ctx.open(uri).close()  # raises when it may not be read
    place = ctx.world.files.local_path(uris.to_path(uri))
    if place is not None and not set("*?[") & set(str(place)):  # DuckDB would look for several files
        yield place
        return
    copy = ctx.work_dir / f"copy-{new_id()}"
    try:
        yield ctx.fetch(uri, copy)
    finally:
        copy.unlink(missing_ok=True)


def quoted(text: str) -> str:
    """Write a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """Write a name in SQL."""
    return '"' + text.replace('"', '""') + '"'
