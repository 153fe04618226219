"""API tokens: for programs, each with its scopes and its own end."""

from __future__ import annotations

from datetime import UTC

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.access import TheWiring
from api.answer import JsonAnswer
from api.security.body import MadeToken, NewToken, Tokens, refusals
from api.security.identity import identity_of
from api.security.permission import Permission
from api.thread import in_thread

router = APIRouter(prefix="/tokens", tags=["tokens"])


@router.get("", response_model=Tokens, responses=refusals(), summary="List tokens")
async def list_tokens(request: Request, wiring: TheWiring) -> Response:
    """Return the caller's tokens; an admin gets those of all accounts. Their text is not kept."""
    rows = [token.to_json() for token in await in_thread(wiring.security.tokens.all, _owner(request))]
    return JsonAnswer({"results": rows, "total": len(rows)})


@router.post(
    "",
    status_code=201,
    response_model=MadeToken,
    responses=refusals(s409="The service asks for no login", s422="The name or the expiry cannot be used"),
    summary="Make a token",
)
async def make_token(body: NewToken, request: Request, wiring: TheWiring) -> Response:
    """Make a token of the caller and return its text, this once. A token cannot make tokens."""
    wiring.security.check_login()
    expires = body.expires
    if expires is not None:
        expires = expires.replace(tzinfo=expires.tzinfo or UTC)
    token, text = await in_thread(
        wiring.security.tokens.create, identity_of(request).name, body.name, body.scopes, expires
    )
    return JsonAnswer({**token.to_json(), "token": text}, 201, headers={"Cache-Control": "no-store"})


@router.delete(
    "/{token_id}",
    status_code=204,
    responses=refusals(s404="The caller has no such token"),
    summary="Revoke a token",
)
async def revoke_token(token_id: str, request: Request, wiring: TheWiring) -> Response:
    """End one of the caller's tokens at once; an admin can end any."""
    await in_thread(wiring.security.tokens.revoke, token_id, _owner(request))
    return Response(status_code=204)


def _owner(request: Request) -> str | None:
    """Return whose tokens the caller may see, None for everybody's."""
    who = identity_of(request)
    return None if who.may(Permission.ADMIN) else who.name
