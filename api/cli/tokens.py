"""`flowsmith tokens`: API tokens for programs."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke API tokens.")


@app.command(
    epilog="""
Examples:

[dim]$[/] flowsmith tokens create ci --scope run --expires P90D

[dim]$[/] KESTRA_API_TOKEN=$(flowsmith tokens create course --scope run --scope write)

[dim]$[/] flowsmith tokens create dashboards --owner ann@example.com
"""
)
def create(
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, run or write, each with `read`; repeat it. By default read."),
    ] = None,
    owner: Annotated[
        str | None, typer.Option(help="Account it belongs to; by default the operator's.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="How long it lasts, as P90D or PT12H; by default for ever.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Make a token and print it, this once."""
    from api.cli import screen
    from api.security.errors import Unacceptable
    from api.security.permission import scope_of
    from api.security.security import open_security
    from api.settings import read_settings
    from engine.errors import SettingsError
    from engine.model.duration import parse_duration

    settings = read_settings()
    given = owner or settings.username
    if given is None:
        raise SettingsError("Name the token's account with --owner, or set FLOWSMITH_USERNAME")
    with open_security(settings) as security:
        try:
            until = security.clock() + parse_duration(expires) if expires else None
        except (ValueError, OverflowError) as error:
            raise Unacceptable("--expires", [str(error)]) from error
        scopes = [scope_of(text) for text in scope or ["read"]]
        token, text = security.tokens.create(security.owner(given), name, scopes, until)
        security.note(f"tokens create {token.id} of {token.owner}")
    if as_json:
        screen.print_json({**token.to_json(), "token": text})
        return
    print(text)
    granted = ", ".join(token.scopes)
    end = f"until {token.expires:%Y-%m-%d %H:%M} UTC" if token.expires else "until it is revoked"
    screen.err.print(f"{token.owner}: {granted}, {end}. It is not shown again.", markup=False)


@app.command(name="list", epilog="Example:\n\n[dim]$[/] flowsmith tokens list")
def list_tokens(
    owner: Annotated[str | None, typer.Option(help="Only those of an account.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List tokens: what they may do, when they end, when they were used."""
    from api.cli import screen
    from api.security.security import open_security
    from api.settings import read_settings

    with open_security(read_settings()) as security:
        tokens = security.tokens.all(owner)
    if as_json:
        screen.print_json([token.to_json() for token in tokens])
        return
    for token in tokens:
        end = f"ends {token.expires:%Y-%m-%d}" if token.expires else "no end"
        used = f"used {token.last_used:%Y-%m-%d %H:%M}" if token.last_used else "never used"
        scopes = ",".join(token.scopes)
        screen.out.print(f"{token.id}  {token.owner}  {token.name}  {scopes}  {end}  {used}", markup=False)
    if not tokens:
        screen.out.print("There are no tokens.")


@app.command(epilog="Example:\n\n[dim]$[/] flowsmith tokens revoke 5wZkpdrsLbhGxbjuMvpc5h")
def revoke(token_id: Annotated[str, typer.Argument(help="Id, as `tokens list` shows it.")]) -> None:
    """End a token; a running service notices within five seconds."""
    from api.cli import screen
    from api.security.security import open_security
    from api.settings import read_settings

    with open_security(read_settings()) as security:
        token = security.tokens.revoke(token_id)
        security.note(f"tokens revoke {token.id} of {token.owner}")
    screen.out.print(f"The token '{token.name}' of {token.owner} has ended", markup=False)
