"""Tools of an MCP server on the network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from copilot.plugins.ai._mcp_http import HttpMcpTools
from engine.plugin import RunContext, Text


class StreamableHttpMcpClient(HttpMcpTools):
    """Give the model the tools of an MCP server that speaks streamable HTTP."""

    url: Text
    """Address of the server, for example `http://localhost:8000/mcp`."""

    @property
    def place(self) -> str:
        """The address, for messages."""
        return f"at {self.url}"

    def connect(self, ctx: RunContext) -> AbstractAsyncContextManager[Any]:
        """Return what connects."""
        if self.log_requests:
            ctx.debug(f"Connecting to the MCP server {self.place}")
        return self._streams()

    @asynccontextmanager
    async def _streams(self) -> AsyncIterator[Any]:
        from mcp.client.streamable_http import streamable_http_client
        from mcp.shared._httpx_utils import create_mcp_http_client

        async with (
            create_mcp_http_client(headers=self.headers) as http,
            streamable_http_client(self.url, http_client=http) as streams,
        ):
            yield streams
