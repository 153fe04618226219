"""`flowsmith health`: what a container's health check asks."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

EXAMPLES = """
Examples:

[dim]$[/] flowsmith health

[dim]$[/] flowsmith health worker
"""

SECONDS = 4


class Asked(StrEnum):
    """Roles that can be asked."""

    UP = "up"
    SERVER = "server"
    WORKER = "worker"
    SCHEDULER = "scheduler"


def health(
    role: Annotated[Asked, typer.Argument(help="What runs on this machine.")] = Asked.SERVER,
    port: Annotated[int | None, typer.Option(help="Port of the server.", show_default="8080")] = None,
) -> None:
    """End with 0 when the process of this machine does its work, with 1 when it should be started again.

    A server is asked over HTTP. Of a worker or scheduler the heartbeat in the database is looked at; while
    the database cannot be reached it counts as healthy, because a new start would not help.
    """
    from api.settings import read_settings

    settings = read_settings()
    if role in (Asked.UP, Asked.SERVER):
        well = _answers(settings.port if port is None else port)
    else:
        from api.settings import plain

        well = _beats(plain(settings.database_url), role.value)
    if not well:
        raise typer.Exit(1)


def _answers(port: int) -> bool:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/health")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        print(f"no answer on port {port}: {error}")
        return False
    finally:
        connection.close()
    if status != 200:
        print(f"the service answers {status}")
    return status == 200


def _beats(url: str | None, role: str) -> bool:
    import socket

    from engine.errors import SettingsError, StorageError

    if url is None or not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError(f"A {role} needs FLOWSMITH_DATABASE_URL=postgresql://…")
    from engine.storage.postgresql.heartbeat import beats

    try:
        well = beats(url, role, socket.gethostname())
    except StorageError as error:
        print(f"not known: {error}")
        return True
    if not well:
        print(f"no {role} of this machine has told the database lately that it is alive")
    return well
