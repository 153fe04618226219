"""Bodies that are JSON maps or lists."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.access import body_text
from engine.model.json import Json, loads


async def json_body(request: Request) -> Json:
    """Return the JSON value of the body, a map or a list; raises 422."""
    text = await body_text(request)
    try:
        body = loads(text)
    except ValueError as error:
        raise HTTPException(422, f"The body is not JSON: {error}") from error
    if not isinstance(body, dict | list):
        raise HTTPException(422, "Send a JSON map")
    return body


async def json_map(request: Request) -> dict[str, Json]:
    """Return the JSON map of the body; raises 422."""
    body = await json_body(request)
    if not isinstance(body, dict):
        raise HTTPException(422, "Send a JSON map, not a list")
    return body
