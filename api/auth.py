"""Basic authentication: one name and password, kept as a keyed hash."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.error import Problem
from api.settings import Settings
from api.tenant import ROOT, TENANT

OPEN = ("/ping", "/health", f"{ROOT}configs/login", "/", "/favicon.ico")
"""Paths that answer without credentials."""

OPEN_BELOW = (f"{ROOT}{TENANT}/executions/webhook/", "/ui/")
"""Beginnings of paths that answer without credentials: a webhook's key is its secret."""


class BasicAuth:
    """Middleware that refuses requests without the right name and password."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._key = secrets.token_bytes(32)
        password = settings.password.get_secret_value() if settings.password else ""
        self._expected = self._hash(f"{settings.username}:{password}".encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401."""
        if scope["type"] != "http" or is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if hmac.compare_digest(self._hash(_given(headers)), self._expected):
            await self._app(scope, receive, send)
            return
        challenge = {} if headers.get("referer", "").endswith("/login") else {"WWW-Authenticate": "Basic"}
        problem = Problem(
            401, "Unauthorized: send the username and password of this service", headers=challenge
        )
        await problem.answer(scope["path"])(scope, receive, send)

    def _hash(self, credentials: bytes) -> bytes:
        return hashlib.blake2b(credentials, key=self._key).digest()


def is_open(path: str) -> bool:
    """Tell whether a path answers without credentials."""
    return path in OPEN or path.startswith(OPEN_BELOW) or path == "/ui"


def _given(headers: Headers) -> bytes:
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""
