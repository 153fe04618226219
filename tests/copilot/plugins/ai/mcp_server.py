"""An MCP server for tests: `python mcp_server.py stdio`, or `http PORT`, or `sse PORT`."""

from __future__ import annotations

import os
import sys

import anyio

try:
    from mcp.server import MCPServer as Server
except ImportError:  # version 1 of the package
    from mcp.server.fastmcp import FastMCP as Server  # type: ignore[no-redef]

server = Server("numbers")


@server.tool()
def add(a: int, b: int) -> str:
    """Add two numbers."""
    return f"{a + b}{os.environ.get('SIGN', '')}"


@server.tool()
def fail() -> str:
    """Always fail."""
    raise ValueError("no luck today")


@server.tool()
async def hang(address: str) -> str:
    """Tell somebody that it has begun, and never end."""
    host, _, port = address.partition(":")
    await anyio.connect_tcp(host, int(port))
    await anyio.sleep_forever()
    return "never"


if __name__ == "__main__":
    sys.stderr.write("started\n")
    server.run(transport="stdio")
