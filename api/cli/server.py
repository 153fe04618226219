"""`flowsmith server`: the page and the API, for executions that workers run."""

from __future__ import annotations

from typing import Annotated

import typer

EXAMPLES = """
Examples:

[dim]$[/] export FLOWSMITH_DATABASE_URL=postgresql://flowsmith:…@db/flowsmith

[dim]$[/] flowsmith server --host 0.0.0.0

[dim]$[/] flowsmith worker --threads 8
"""


def server(
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.", show_default="8080")] = None,
    no_ingest: Annotated[
        bool, typer.Option("--no-ingest", help="Leave the document index as it is.")
    ] = False,
) -> None:
    """Serve the page and the API; what is started is handed out to workers. Needs PostgreSQL."""
    from api.cli.up import serve

    serve("server", host, port, no_ingest=no_ingest)
