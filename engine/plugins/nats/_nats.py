"""What all NATS tasks share: the connection, messages, and what errors become."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin import Plugin, RunContext, Text
from engine.plugins._package import optional
from engine.plugins._records import map_of, plain_text

T = TypeVar("T")
_CONNECT_SECONDS = 10
_AGAIN_SECONDS = 0.2


class NatsProperties(Plugin):
    """Which server, and as whom."""

    abstract: ClassVar[bool] = True

    url: Text
    """Address of the server: `nats://host:4222`, or `nats://token@host:4222`."""
    username: Text | None = None
    """Name of the user."""
    password: Text | None = None
    """Password of the user, best kept as a secret."""
    token: Text | None = None
    """Token instead of name and password, best kept as a secret."""
    creds: Text | None = None
    """The text of a credentials file (token and key), best kept as a secret."""

    @contextmanager
    def connected(self, ctx: RunContext, doing: str) -> Iterator[Link]:
        """Connect and log in, close at the end; errors become a TaskFailure that names `doing`."""
        with asyncio.Runner() as runner:
            client = nats("nats.aio.client").Client()
            link = Link(runner, f"{self._place()}: {doing}", ctx, client)
            try:
                link.wait(self._connect(link))
                link.open = True
                yield link
            finally:
                runner.run(client.close())

    async def _connect(self, link: Link) -> None:
        async def failed(error: Exception) -> None:
            link.problems.append(str(error) or type(error).__name__)

        given: dict[str, Any] = {"user": self.username, "password": self.password, "token": self.token}
        if self.creds:
            given["user_credentials"] = nats("nats.aio.client").RawCredentials(self.creds)
        await link.client.connect(
            self.url if "://" in self.url else f"nats://{self.url}",
            error_cb=failed,
            connect_timeout=_CONNECT_SECONDS,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=_AGAIN_SECONDS,
            **{name: value for name, value in given.items() if value is not None},
        )

    def _place(self) -> str:
        """Return host and port; the rest of the address may hold a password."""
        parts = urlsplit(self.url if "://" in self.url else f"nats://{self.url}")
        try:
            return f"{parts.hostname}:{parts.port or 4222}"
        except ValueError as error:
            raise TaskFailure("url: not the address of a server; write it like nats://host:4222") from error


class Link:
    """A connection; the client's loop runs on the task's own thread, only while something is waited for."""

    open = False
    """Whether the server has let the client in."""

    def __init__(self, runner: asyncio.Runner, doing: str, ctx: RunContext, client: Any) -> None:
        self._runner, self._doing, self._ctx, self.client = runner, doing, ctx, client
        self.problems: list[str] = []

    def wait(self, call: Awaitable[T]) -> T:
        """Wait for a call; raises TaskFailure, also when the task is stopped meanwhile."""
        package = nats("nats.errors")
        try:
            return self._runner.run(self._stoppable(call))
        except (package.Error, nats("nats.js.errors").Error, OSError, ValueError) as error:
            said = "; ".join(dict.fromkeys(self.problems)) or str(error)
            if "authorization" in said.lower():
                said += "; check `username`, `password`, `token` and `creds`"
            elif not self.open:
                said += "; check `url`"
            raise TaskFailure(f"{self._doing} failed: {said}") from error

    async def _stoppable(self, call: Awaitable[T]) -> T:
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(call)

        def stop() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(task.cancel)

        self._ctx.on_cancel(stop)
        try:
            return await task
        except asyncio.CancelledError as error:
            if self._ctx.cancelled.is_set():
                raise TaskFailure("Stopped; the connection was ended") from error
            raise


def message_of(record: Json) -> tuple[bytes, dict[str, str] | None]:
    """Return data and headers of a record `{data: …, headers: {…}}`; raises TaskFailure."""
    given = map_of(record, "{data: hello}")
    headers: dict[str, str] = {}
    for name, value in (given.get("headers") or {}).items():
        headers[str(name)] = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    data = given.get("data")
    content = bytes(data) if isinstance(data, bytes) else plain_text("" if data is None else data).encode()
    return content, headers or None


def row_of(message: Any) -> dict[str, Json]:
    """Return what is told of a message of a stream."""
    headers: Mapping[str, str] = message.headers or {}
    return {
        "subject": message.subject,
        "headers": {name: [value] for name, value in headers.items()},
        "data": message.data.decode("utf-8", "replace"),
        "timestamp": message.metadata.timestamp,
    }


def nats(name: str) -> Any:
    """Import a module of the NATS client, when a task first needs it; raises TaskFailure."""
    return optional(name, tasks="NATS", extra="nats")
