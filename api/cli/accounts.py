"""`flowsmith accounts`: who may sign in beside the operator."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from api.security.permission import Role
    from api.security.security import Security

app = typer.Typer(no_args_is_help=True, help="Add, list and remove accounts: admins, editors, viewers.")

Name = Annotated[str, typer.Argument(help="Name to sign in with, usually an e-mail address.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input; do not ask.")
]


@app.command(
    epilog="""
Examples:

[dim]$[/] flowsmith accounts add ann@example.com --role editor

[dim]$[/] pass show flowsmith/ann | flowsmith accounts add ann@example.com --role viewer --password-stdin
"""
)
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="admin, editor or viewer.")],
    password_stdin: FromInput = False,
) -> None:
    """Add an account; the password is asked for, twice."""
    from api.cli import screen
    from api.security.security import NO_LOGIN, open_security
    from api.settings import read_settings

    settings = read_settings()
    with open_security(settings) as security:
        account = security.accounts.add(name, _role(role), _password(password_stdin))
        security.note(f"accounts add {account.name} {account.role}")
    screen.out.print(f"{account.name} may sign in as {account.role}", markup=False)
    if not settings.needs_login:
        screen.err.print(f"[yellow]Note:[/] {NO_LOGIN}")


@app.command(name="list", epilog="Example:\n\n[dim]$[/] flowsmith accounts list")
def list_accounts(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the accounts, the operator's first."""
    from api.cli import screen
    from api.security.security import open_security
    from api.settings import read_settings

    settings = read_settings()
    with open_security(settings) as security:
        rows = [account.to_json() for account in security.accounts.all()]
    if settings.username is not None:
        rows.insert(0, {"name": settings.username, "role": "admin", "isOperator": True})
    if as_json:
        screen.print_json(rows)
        return
    for row in rows:
        end = "the operator" if row.get("isOperator") else f"since {str(row['created'])[:10]}"
        screen.out.print(f"{row['name']}  {row['role']}  {end}", markup=False)
    if not rows:
        screen.out.print("There are no accounts.")


@app.command(epilog="Example:\n\n[dim]$[/] flowsmith accounts remove ann@example.com")
def remove(name: Name) -> None:
    """Remove an account and end its tokens."""
    from api.cli import screen

    with _security() as security:
        ended = security.remove(name)
        security.note(f"accounts remove {name}")
    screen.out.print(f"{name} is removed, {ended} tokens have ended", markup=False)


@app.command(epilog="Example:\n\n[dim]$[/] flowsmith accounts role ann@example.com viewer")
def role(name: Name, role: Annotated[str, typer.Argument(help="admin, editor or viewer.")]) -> None:
    """Give an account another role."""
    from api.cli import screen

    with _security() as security:
        account = security.accounts.set_role(name, _role(role))
        security.note(f"accounts role {account.name} {account.role}")
    screen.out.print(f"{account.name} is {account.role} now", markup=False)


@app.command(epilog="Example:\n\n[dim]$[/] flowsmith accounts password ann@example.com")
def password(name: Name, password_stdin: FromInput = False) -> None:
    """Give an account another password; the old one ends."""
    from api.cli import screen

    with _security() as security:
        account = security.accounts.set_password(name, _password(password_stdin))
        security.note(f"accounts password {account.name}")
    screen.out.print(f"{account.name} has another password", markup=False)


def _security() -> AbstractContextManager[Security]:
    from api.security.security import open_security
    from api.settings import read_settings

    return open_security(read_settings())


def _password(from_input: bool) -> str:
    """Return the password: never an argument, which everybody on the machine could read."""
    if from_input:
        return sys.stdin.read().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _role(text: str) -> Role:
    from api.security.permission import role_of

    return role_of(text)
