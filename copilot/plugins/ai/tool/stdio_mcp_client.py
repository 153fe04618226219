"""Tools of an MCP server that runs as a process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field

from copilot.plugins.ai._mcp import McpTools
from engine.plugin import RunContext, StringMap, Text


class StdioMcpClient(McpTools):
    """Give the model the tools of an MCP server that is started as a process and spoken to by its streams.

    The process runs in the task's working directory and ends with the task. It sees `PATH` and a few more
    variables of the service, and those of `env`.
    """

    aliases: ClassVar[tuple[str, ...]] = ("io.kestra.plugin.langchain4j.tool.StdioMcpClient",)

    command: Annotated[list[Text], Field(min_length=1)]
    """The program and its arguments."""

    env: StringMap | None = None
    """Variables of the process."""

    log_events: bool = False
    """Write what the process says on its error stream to the log, at DEBUG."""

    @property
    def place(self) -> str:
        """The program, for messages."""
        return f"'{self.command[0]}'"

    def connect(self, ctx: RunContext) -> AbstractAsyncContextManager[Any]:
        """Return what starts the process."""
        return self._process(ctx)

    @asynccontextmanager
    async def _process(self, ctx: RunContext) -> AsyncIterator[Any]:
        from mcp import StdioServerParameters, stdio_client

        program, *arguments = self.command
        wanted = StdioServerParameters(command=program, args=arguments, env=self.env, cwd=str(ctx.work_dir))
        said = ctx.work_dir / f".{Path(program).name}.stderr"
        with said.open("w+", encoding="utf-8") as stream:
            try:
                async with stdio_client(wanted, errlog=stream) as streams:
                    yield streams
            finally:
                if self.log_events:
                    stream.seek(0)
                    for line in stream:
                        ctx.debug(line.rstrip())
                said.unlink(missing_ok=True)
