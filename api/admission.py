"""How much is taken in at once: requests being answered, and executions that wait for a worker."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.error import Problem
from api.wiring import Wiring

ALWAYS = ("/ping", "/health", "/prometheus")
"""Paths that are answered however much there is to do: those who look after the service need them then."""

RETRY_SECONDS = 1
LONGEST_RETRY_SECONDS = 60
STARTED_PER_SECOND = 500
"""About how many task runs a process starts in a second; only used to say when to try again."""


class Ticket:
    """The place of one request among those being answered."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._left = False

    def leave(self) -> None:
        """Give the place to another: the request is answered, or from now on it only waits."""
        if not self._left:
            self._left = True
            self._admission.now -= 1


class Admission:
    """Middleware that answers so many requests at once and refuses the others with 429 and `Retry-After`.

    Streams, and requests that wait for an execution, only count until they begin to: they cost no thread, and
    have a limit of their own.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most
        self.now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on."""
        if scope["type"] != "http" or not self._most or scope["path"] in ALWAYS:
            await self._app(scope, receive, send)
            return
        if self.now >= self._most:
            problem = Problem(
                429,
                f"{self.now} requests are being answered, and no more are taken at the moment; "
                f"FLOWSMITH_MAX_REQUESTS is the limit",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )
            await problem.answer(scope["path"])(scope, receive, send)
            return
        self.now += 1
        ticket = Ticket(self)
        scope.setdefault("state", {})["ticket"] = ticket

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_stream(message):
                ticket.leave()
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            ticket.leave()


def only_waits(request: Request) -> None:
    """Say that from now on the request waits for an execution."""
    ticket: Ticket | None = getattr(request.state, "ticket", None)
    if ticket is not None:
        ticket.leave()


def refuse_if_behind(wiring: Wiring) -> None:
    """Raise 429 when so many task runs wait for a worker that another execution would only wait as well."""
    most, waiting = wiring.settings.max_waiting, wiring.engine.executor.waiting
    if most and waiting >= most:
        seconds = min(max(1, (waiting - most) // STARTED_PER_SECOND), LONGEST_RETRY_SECONDS)
        raise HTTPException(
            429,
            f"{waiting} task runs wait for a worker, and no more executions are taken at the moment; "
            f"FLOWSMITH_MAX_WAITING is the limit",
            headers={"Retry-After": str(seconds)},
        )


def _is_stream(message: Message) -> bool:
    headers = Headers(raw=message.get("headers", []))
    return headers.get("content-type", "").startswith("text/event-stream")
