"""Whether a process of this machine is alive, asked from outside of it and without touching the tables."""

from __future__ import annotations

import psycopg

from engine.storage.postgresql.database import _checked as checked_address
from engine.storage.postgresql.dialect import SCHEMA
from engine.storage.postgresql.failure import translated

SILENT_SECONDS = 8
CONNECT_SECONDS = 3


def beats(url: str, role: str, host: str) -> bool:
    """Tell whether a process of the role on the host has beaten lately.

    Raises StorageError when the database cannot be asked: that says nothing of the process.
    """
    _, address, place = checked_address(url)
    with (
        translated(place),
        psycopg.connect(address, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection,
    ):
        found = connection.execute(
            f"SELECT 1 FROM {SCHEMA}.members WHERE role = %s AND host = %s "
            "AND beat > clock_timestamp() - make_interval(secs => %s) LIMIT 1",
            (role, host, SILENT_SECONDS),
        ).fetchone()
    return found is not None
