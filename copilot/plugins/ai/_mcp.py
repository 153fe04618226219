"""Tools of MCP servers, through the official `mcp` package."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal

from copilot.plugins.ai._conversation import json_text
from copilot.plugins.ai._message import ToolSpec
from copilot.plugins.ai._tool import Tool, ToolProvider
from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin import RunContext

if TYPE_CHECKING:
    from mcp import ClientSession

_CONNECT_S = 60.0


class McpTools(ToolProvider):
    """Brings the tools of an MCP server; the connection is open while the task runs."""

    abstract: ClassVar[bool] = True

    def connect(self, ctx: RunContext) -> AbstractAsyncContextManager[Any]:
        """Return what opens the connection: a pair of streams."""
        raise NotImplementedError

    @property
    def place(self) -> str:
        """The server, for messages."""
        raise NotImplementedError

    @property
    def timeout_s(self) -> float | None:
        """Longest time of one call; None without a limit."""
        return None

    @contextmanager
    def opened(self, ctx: RunContext) -> Iterator[Sequence[Tool]]:
        """Yield the server's tools."""
        _package()
        # The session lives on an event loop of its own, because tools are called from this thread.
        with start_blocking_portal() as portal:
            try:
                opening = portal.wrap_async_context_manager(self._session(ctx))
                session = opening.__enter__()
            except Exception as error:
                raise self._failed("cannot be used", error) from error
            try:
                found = self._call(ctx, portal, lambda: _tools(session))
                yield [self._tool(ctx, portal, session, one) for one in found]
            finally:
                opening.__exit__(None, None, None)

    @asynccontextmanager
    async def _session(self, ctx: RunContext) -> AsyncIterator[ClientSession]:
        from mcp import ClientSession

        async with self.connect(ctx) as (read, write, *_), ClientSession(read, write) as session:
            with anyio.fail_after(_CONNECT_S):
                await session.initialize()
            yield session

    def _tool(self, ctx: RunContext, portal: BlockingPortal, session: ClientSession, found: Any) -> Tool:
        def use(arguments: dict[str, Json]) -> str:
            result = self._call(
                ctx,
                portal,
                lambda: session.call_tool(found.name, arguments, read_timeout_seconds=self.timeout_s),
            )
            text = _text(result)
            if _field(result, "is_error", "isError"):
                raise TaskFailure(text or "the server says that it failed")
            return text

        schema = _field(found, "input_schema", "inputSchema") or {"type": "object", "properties": {}}
        return Tool(ToolSpec(found.name, found.description or found.name, schema), use)

    def _call(self, ctx: RunContext, portal: BlockingPortal, make: Callable[[], Any]) -> Any:
        """Run a coroutine on the session's loop; a stop of the task cancels it."""

        async def run() -> Any:
            return await make()

        future = portal.start_task_soon(run)

        def stop() -> None:
            future.cancel()

        ctx.on_cancel(stop)
        try:
            return future.result()
        except CancelledError as error:
            raise TaskFailure(f"Stopped while {self.place} was asked") from error
        except Exception as error:
            raise self._failed("did not answer", error) from error

    def _failed(self, what: str, error: BaseException) -> TaskFailure:
        while isinstance(error, BaseExceptionGroup) and error.exceptions:
            error = error.exceptions[0]
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        return TaskFailure(f"The MCP server {self.place} {what}: {reason}")


async def _tools(session: ClientSession) -> list[Any]:
    """Return all tools; a server may hand them out page by page."""
    from mcp.types import PaginatedRequestParams

    found: list[Any] = []
    cursor: str | None = None
    while True:
        page = await session.list_tools(params=PaginatedRequestParams(cursor=cursor) if cursor else None)
        found += page.tools
        cursor = _field(page, "next_cursor", "nextCursor")
        if not cursor:
            return found


def _text(result: Any) -> str:
    """Return what a tool answered as text."""
    texts = [one.text if one.type == "text" else f"[{one.type}]" for one in result.content]
    structured = _field(result, "structured_content", "structuredContent")
    return "\n".join(texts) if texts else json_text(structured)


def _field(value: Any, *names: str) -> Any:
    """Return a field under the first of its names: version 2 of the package writes them in snake_case."""
    return next((getattr(value, name) for name in names if hasattr(value, name)), None)


def _package() -> None:
    try:
        import mcp  # noqa: F401  # only whether it is there
    except ImportError as error:
        raise TaskFailure(
            "MCP tools need a package that is not installed here; run: pip install mcp"
        ) from error
