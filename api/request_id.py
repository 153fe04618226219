"""Request ids: taken from the caller or made, in the answer and in the service log."""

from __future__ import annotations

import logging
import re
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.service_log import REQUEST_ID
from engine.model.id import new_id

HEADER = "X-Request-Id"
logger = logging.getLogger("api.access")

_GOOD = re.compile(r"[\w.:/+=@-]{1,128}", re.ASCII)


class RequestIds:
    """Middleware, the outermost: gives every request an id, and tells the log how it was answered.

    The log has the route and not the address: keys of webhooks stand in addresses.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(Headers(scope=scope))
        token = REQUEST_ID.set(request_id)
        # Middleware further in copies the scope, so that what is found there is passed on in a map.
        facts_of_request = scope.setdefault("state", {})["facts"] = {"route": ""}
        started = time.perf_counter()
        status = 0

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, named)
        finally:
            if logger.isEnabledFor(logging.INFO):
                milliseconds = round((time.perf_counter() - started) * 1000, 1)
                route = facts_of_request["route"]
                facts = {"method": scope["method"], "route": route, "status": status, "ms": milliseconds}
                logger.info("%s %s %d %.1f ms", *facts.values(), extra=facts)
            REQUEST_ID.reset(token)


async def note_route(request: Request) -> None:
    """Remember which route answers, for the log."""
    facts = getattr(request.state, "facts", None)
    if facts is not None:
        facts["route"] = getattr(request.scope.get("route"), "path", "")


def request_id_of(headers: Headers) -> str:
    """Return the caller's id if it is one, else a new one."""
    given = headers.get(HEADER, "")
    return given if _GOOD.fullmatch(given) else new_id()
