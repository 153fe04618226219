"""What routes get from the application: its wiring, and bodies as text."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.followers import Followers
from api.wiring import Wiring
from engine.engine import Engine


def wiring_of(request: Request) -> Wiring:
    """Return the wiring the application was made with."""
    return cast(Wiring, request.app.state.wiring)


def engine_of(request: Request) -> Engine:
    """Return the engine."""
    return wiring_of(request).engine


def followers_of(request: Request) -> Followers:
    """Return those who follow executions."""
    return wiring_of(request).followers


TheWiring = Annotated[Wiring, Depends(wiring_of)]
TheEngine = Annotated[Engine, Depends(engine_of)]
TheFollowers = Annotated[Followers, Depends(followers_of)]


async def body_text(request: Request) -> str:
    """Return the body as text, whatever its content type says; raises 422 when it is not UTF-8."""
    try:
        return (await request.body()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HTTPException(422, f"The body is not UTF-8 text: {error}") from error
