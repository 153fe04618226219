"""What every request passes first: its size, its origin; and what every answer carries: safe headers."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.error import Problem, problem_of
from api.settings import is_loopback

MAX_TEXT_BYTES = 16 << 20
"""Largest body that is not a form: flows, values, prompts."""

MAX_FORM_BYTES = 2 << 30
"""Largest form: uploads are spooled to disk, not kept in memory."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
ANSWER_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class TooLarge(Exception):
    """The body is larger than allowed."""


class Guard:
    """Middleware: body limit, same-origin writes, Host check while no login is asked for, headers."""

    def __init__(self, app: ASGIApp, *, only_loopback: bool) -> None:
        self._app = app
        self._only_loopback = only_loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        send = _with_headers(send, scope["path"])
        problem = self._refusal(scope, headers)
        limit = body_limit(headers)
        if problem is None and int(_digits(headers.get("content-length"))) > limit:
            problem = _too_large(limit)
        if problem is not None:
            await problem.answer(scope["path"])(scope, receive, send)
            return
        await self._limited(scope, receive, send, limit)

    async def _limited(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        read = 0
        started = False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > limit:
                    raise TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except Exception as error:
            # Answered here and not by the framework, which would raise it once more and cut the connection.
            problem = _too_large(limit) if isinstance(error, TooLarge) else problem_of(error)
            if started:
                raise
            await problem.answer(scope["path"])(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> Problem | None:
        host = headers.get("host", "")
        if self._only_loopback and not is_loopback(host_name(host)):
            return Problem(
                403,
                f"Host '{host}' is not this machine. Without a login only 127.0.0.1 and localhost are "
                f"answered; set FLOWSMITH_USERNAME and FLOWSMITH_PASSWORD to serve other names",
            )
        if scope["method"] in _SAFE:
            return None
        origin = headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc.lower() != host.lower()
        if foreign or (origin is None and headers.get("sec-fetch-site") == "cross-site"):
            return Problem(403, f"A page of another site ({origin or 'unknown'}) may not change things here")
        return None


def host_name(host: str) -> str:
    """Return the name in a Host header, without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()


def body_limit(headers: Headers) -> int:
    """Return how many bytes the body may have."""
    is_form = headers.get("content-type", "").lower().startswith("multipart/")
    return MAX_FORM_BYTES if is_form else MAX_TEXT_BYTES


def _digits(text: str | None) -> str:
    return text if text is not None and text.isascii() and text.isdigit() else "0"


def _too_large(limit: int) -> Problem:
    return Problem(413, f"The body is larger than {limit >> 20} MB")


def _with_headers(send: Send, path: str) -> Send:
    page = path.startswith("/ui")

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", PAGE_POLICY if page else ANSWER_POLICY)
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Referrer-Policy", "same-origin")
            headers.setdefault("X-Frame-Options", "DENY")
            headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
            if page:
                headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        await send(message)

    return wrapped
