"""`flowsmith audit`: who changed what."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Read the audit log of the service.")


@app.command(
    name="list",
    epilog="""
Examples:

[dim]$[/] flowsmith audit list

[dim]$[/] flowsmith audit list --actor ann@example.com --outcome refused

[dim]$[/] flowsmith audit list --count 1000 --json
""",
)
def list_changes(
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="How many rows.")] = 20,
    page: Annotated[int, typer.Option(min=1, help="Which page of them.")] = 1,
    actor: Annotated[str | None, typer.Option(help="Only what this account did.")] = None,
    outcome: Annotated[str | None, typer.Option(help="Only done, refused or failed.")] = None,
    path: Annotated[str | None, typer.Option(help="Only addresses with this in them.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List changes and refusals, the newest first."""
    from api.cli import screen
    from api.security.audit import Wanted
    from api.security.security import open_security
    from api.settings import read_settings

    with open_security(read_settings()) as security:
        found = security.audit.page(Wanted(actor, outcome, path=path), (page - 1) * count, count)
    if as_json:
        screen.print_json({"results": [row.to_json() for row in found.results], "total": found.total})
        return
    for row in found.results:
        place = f"{row.method} {row.path}"
        end = f"{row.outcome} {row.status}" if row.status else row.outcome
        by = f"{row.actor} ({row.via}{' from ' + row.address if row.address else ''})"
        screen.out.print(f"{row.time:%Y-%m-%d %H:%M:%S}  {end:<11}  {by}  {place}", markup=False)
    if not found.results:
        screen.out.print("The audit log has no such rows.")
