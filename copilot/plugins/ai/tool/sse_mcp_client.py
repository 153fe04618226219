"""Tools of an MCP server on the network, by server-sent events."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar

from copilot.plugins.ai._mcp_http import HttpMcpTools
from engine.plugin import RunContext, Text


class SseMcpClient(HttpMcpTools):
    """Give the model the tools of an MCP server that speaks the older transport, server-sent events."""

    aliases: ClassVar[tuple[str, ...]] = (
        "io.kestra.plugin.ai.tool.HttpMcpClient",
        "io.kestra.plugin.langchain4j.tool.HttpMcpClient",
    )

    sse_url: Text
    """Address of the events, for example `http://localhost:8000/sse`."""

    @property
    def place(self) -> str:
        """The address, for messages."""
        return f"at {self.sse_url}"

    def connect(self, ctx: RunContext) -> AbstractAsyncContextManager[Any]:
        """Return what connects."""
        from mcp.client.sse import sse_client

        if self.log_requests:
            ctx.debug(f"Connecting to the MCP server {self.place}")
        return sse_client(self.sse_url, headers=dict(self.headers) if self.headers else None)
