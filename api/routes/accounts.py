"""Accounts: who may sign in beside the operator, and as what."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.access import TheWiring
from api.answer import JsonAnswer
from api.security.body import (
    Accounts,
    Me,
    NewAccount,
    NewPassword,
    NewRole,
    OwnPassword,
    ShownAccount,
    refusals,
)
from api.security.errors import Unacceptable
from api.security.identity import identity_of
from api.security.permission import Permission, Role
from api.tenant import ROOT
from api.thread import in_thread
from engine.model.json import Json

router = APIRouter(prefix="/accounts", tags=["accounts"])
own = APIRouter(prefix=f"{ROOT}me", tags=["accounts"])


@router.get("", response_model=Accounts, responses=refusals(), summary="List the accounts")
async def list_accounts(wiring: TheWiring) -> Response:
    """Return all accounts, the operator's first. Needs `admin`."""
    rows = [account.to_json() for account in await in_thread(wiring.security.accounts.all)]
    name = wiring.settings.username
    operator: list[dict[str, Json]] = (
        [{"name": name, "role": Role.ADMIN, "isOperator": True}] if name is not None else []
    )
    return JsonAnswer({"results": operator + rows, "total": len(operator) + len(rows)})


@router.post(
    "",
    status_code=201,
    response_model=ShownAccount,
    responses=refusals(s409="The name is taken", s422="The name or the password cannot be used"),
    summary="Add an account",
)
async def add_account(body: NewAccount, wiring: TheWiring) -> Response:
    """Add an account with a role and a password. Needs `admin`."""
    wiring.security.check_login()
    accounts = wiring.security.accounts
    account = await in_thread(accounts.add, body.name, body.role, body.password.get_secret_value())
    return JsonAnswer(account.to_json(), 201)


@router.get(
    "/{name}",
    response_model=ShownAccount,
    responses=refusals(s404="There is no such account"),
    summary="Show an account",
)
async def get_account(name: str, wiring: TheWiring) -> Response:
    """Return an account. Needs `admin`."""
    return JsonAnswer((await in_thread(wiring.security.accounts.get, name)).to_json())


@router.put(
    "/{name}",
    response_model=ShownAccount,
    responses=refusals(s404="There is no such account"),
    summary="Change the role of an account",
)
async def change_role(name: str, body: NewRole, wiring: TheWiring) -> Response:
    """Give an account another role, at once for its tokens too. Needs `admin`."""
    return JsonAnswer((await in_thread(wiring.security.accounts.set_role, name, body.role)).to_json())


@router.put(
    "/{name}/password",
    status_code=204,
    responses=refusals(s404="There is no such account", s422="The password cannot be used"),
    summary="Change the password of an account",
)
async def change_password(name: str, body: NewPassword, wiring: TheWiring) -> Response:
    """Give an account another password; the old one ends at once. Needs `admin`."""
    await in_thread(wiring.security.accounts.set_password, name, body.password.get_secret_value())
    return Response(status_code=204)


@router.delete(
    "/{name}",
    status_code=204,
    responses=refusals(s404="There is no such account"),
    summary="Remove an account",
)
async def remove_account(name: str, wiring: TheWiring) -> Response:
    """Remove an account and end its tokens. Needs `admin`."""
    await in_thread(wiring.security.remove, name)
    return Response(status_code=204)


@own.get("", response_model=Me, responses=refusals(), summary="Show who asks")
async def me(request: Request) -> Response:
    """Return the caller's name, role and permissions, for pages that hide what is not allowed."""
    who = identity_of(request)
    allowed = [permission for permission in Permission if who.may(permission)]
    return JsonAnswer({"name": who.name, "role": who.role, "permissions": allowed, "via": who.via})


@own.put(
    "/password",
    status_code=204,
    responses=refusals(s409="It is set elsewhere", s422="The password cannot be used"),
    summary="Change the own password",
)
async def change_own_password(body: OwnPassword, request: Request, wiring: TheWiring) -> Response:
    """Change the caller's password; the one until now is asked for once more. Not with a token."""
    wiring.security.check_login()
    accounts, name = wiring.security.accounts, identity_of(request).name
    await in_thread(accounts.get, name)
    if await in_thread(accounts.verify, name, body.current.get_secret_value()) is None:
        raise Unacceptable("current", ["this is not the password"])
    await in_thread(accounts.set_password, name, body.password.get_secret_value())
    return Response(status_code=204)
