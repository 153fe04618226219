"""Azure Blob Storage on this machine: Microsoft's Azurite as a process of its own, with its data in memory.

`npm install --prefix tests/emulators` brings it.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import BlobServiceClient

_MAIN = Path(__file__).parent / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
ACCOUNT, KEY = "loader", "bGV0LW1lLWluLWxldC1tZS1pbg=="
"""Any key will do: Azurite is told which."""


@dataclass(frozen=True, slots=True)
class Azurite:
    """A running service; `client` is for the tests to look into it."""

    port: int
    client: Any

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    @property
    def connection(self) -> str:
        """The connection string of the account."""
        parts = {"DefaultEndpointsProtocol": "http", "AccountName": ACCOUNT, "AccountKey": KEY}
        return ";".join(f"{name}={part}" for name, part in {**parts, "BlobEndpoint": self.endpoint}.items())

    @property
    def properties(self) -> dict[str, str]:
        """Properties of a task that reaches the account."""
        key = {"sharedKeyAccountName": ACCOUNT, "sharedKeyAccountAccessKey": KEY}
        return {"endpoint": self.endpoint, **key}

    def make(self, container: str, **blobs: bytes) -> None:
        """Make a container with blobs; `__` in a name stands for `/`."""
        made = self.client.create_container(container)
        for name, content in blobs.items():
            made.upload_blob(name.replace("__", "/"), content)

    def names(self, container: str) -> list[str]:
        """Return the names of the blobs of a container."""
        return list(self.client.get_container_client(container).list_blob_names())

    def read(self, container: str, name: str) -> bytes:
        """Return the content of a blob."""
        return bytes(self.client.get_blob_client(container, name).download_blob().readall())


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """A service for the whole run; tests take containers of their own."""
    node = shutil.which("node")
    if node is None or not _MAIN.exists():
        pytest.skip("azurite is not installed: npm install --prefix tests/emulators")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    options = f"--blobHost 127.0.0.1 --blobPort {port} --inMemoryPersistence --silent --disableTelemetry"
    command = [node, str(_MAIN), *options.split(), "--skipApiVersionCheck"]
    env = {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}", "HOME": str(tmp_path_factory.mktemp("azurite"))}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "successfully listens" in line:
                break
        else:
            raise AssertionError("".join(said))
        at = f"http://127.0.0.1:{port}/{ACCOUNT}"
        try:
            with BlobServiceClient(at, {"account_name": ACCOUNT, "account_key": KEY}) as client:
                yield Azurite(port, client)
        finally:
            process.kill()
