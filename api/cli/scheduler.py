"""`flowsmith scheduler`: fires triggers; of any number that run, one does."""

from __future__ import annotations

from typing import Annotated

import typer

EXAMPLES = """
Examples:

[dim]$[/] export FLOWSMITH_DATABASE_URL=postgresql://flowsmith:…@db/flowsmith

[dim]$[/] flowsmith scheduler
"""


def scheduler(
    metrics: Annotated[
        str | None,
        typer.Option(help="host:port for /prometheus and /health.", show_default="FLOWSMITH_METRICS"),
    ] = None,
) -> None:
    """Fire triggers: schedules, polls, flows that follow flows. A second one waits. Needs PostgreSQL."""
    from api.cli.role import stay

    stay("scheduler", "fires triggers, or waits until the one that does is gone", metrics=metrics)
