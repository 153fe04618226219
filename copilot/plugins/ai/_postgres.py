"""Connections to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from engine.errors import TaskFailure
from engine.plugin import RunContext

_CONNECT_S = 10


@contextmanager
def connected(ctx: RunContext, what: str, **where: Any) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection whose transaction is committed at the end; errors become TaskFailure.

    `where` are the parameters of the connection. A stop of the task cancels the statement that runs.
    """
    try:
        with psycopg.connect(connect_timeout=_CONNECT_S, **where) as connection:
            ctx.on_cancel(connection.cancel_safe)
            yield connection
    except psycopg.OperationalError as error:
        at = f"{where.get('host', '')}:{where.get('port', '')}/{where.get('dbname', '')}"
        raise TaskFailure(f"{what}: PostgreSQL at {at} cannot be used: {_first_line(error)}") from error
    except psycopg.Error as error:
        raise TaskFailure(f"{what}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
