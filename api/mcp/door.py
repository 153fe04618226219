"""The application at `/mcp`: made when the first request comes, so that the service starts without it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Receive, Scope, Send

from api.security.identity import current
from api.wiring import Wiring


class Door:
    """Streamable HTTP without sessions: every request stands alone, so any worker can answer it.

    Host and origin are checked by the guard in front of all routes. The server's task group must be opened
    and closed in one task, which this class owns.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._app: ASGIApp | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        app = await self._opened()
        # The server knows one path, whatever this one is mounted at.
        await app({**scope, "path": "/mcp", "raw_path": b"/mcp", "root_path": ""}, receive, send)

    async def close(self) -> None:
        """End what is open."""
        self._closing.set()
        if self._keeper is not None:
            with suppress(asyncio.CancelledError):
                await self._keeper

    async def _opened(self) -> ASGIApp:
        async with self._lock:
            if self._app is None:
                ready: asyncio.Future[ASGIApp] = asyncio.get_running_loop().create_future()
                self._keeper = asyncio.create_task(self._keep(ready))
                self._app = await ready
            return self._app

    async def _keep(self, ready: asyncio.Future[ASGIApp]) -> None:
        # Imported here: the package takes as long to import as the rest of the service.
        from mcp.server.transport_security import TransportSecuritySettings

        from api.mcp.server import build_server

        server = build_server(self._wiring, actor="mcp-http", caller=current.get)
        unchecked = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        app = server.streamable_http_app(
            stateless_http=True, json_response=True, transport_security=unchecked
        )
        async with server.session_manager.run():
            ready.set_result(app)
            await self._closing.wait()
