"""`flowsmith worker`: runs executions that others have started."""

from __future__ import annotations

from typing import Annotated

import typer

EXAMPLES = """
Examples:

[dim]$[/] export FLOWSMITH_DATABASE_URL=postgresql://flowsmith:…@db/flowsmith

[dim]$[/] flowsmith worker

[dim]$[/] flowsmith worker --queue gpu --queue default --threads 4
"""


def worker(
    queue: Annotated[
        list[str] | None, typer.Option(help="Queue to take executions from; may be repeated.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, max=256, help="How many tasks run at once.")] = 16,
    metrics: Annotated[
        str | None,
        typer.Option(help="host:port for /prometheus and /health.", show_default="FLOWSMITH_METRICS"),
    ] = None,
) -> None:
    """Run executions, beside any number of other workers. Needs PostgreSQL."""
    from api.cli.role import stay

    queues = tuple(dict.fromkeys(queue or ["default"]))
    stay(
        "worker",
        f"takes executions from {', '.join(queues)}",
        queues=queues,
        threads=threads,
        metrics=metrics,
    )
