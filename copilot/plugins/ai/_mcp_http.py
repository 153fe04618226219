"""What MCP clients over HTTP share."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from copilot.plugins.ai._mcp import McpTools
from engine.plugin import Duration, StringMap


class HttpMcpTools(McpTools):
    """Brings the tools of an MCP server on the network."""

    abstract: ClassVar[bool] = True

    timeout: Duration | None = None
    """Longest time of one call."""

    headers: StringMap | None = None
    """Headers of every request, for example `Authorization`."""

    log_requests: bool = False
    """Write the addresses that are called to the log, at DEBUG."""

    log_responses: bool = False
    """Accepted; answers are in the output `toolExecutions`."""

    @property
    def timeout_s(self) -> float | None:
        """Longest time of one call."""
        return self.timeout.total_seconds() if isinstance(self.timeout, timedelta) else None
