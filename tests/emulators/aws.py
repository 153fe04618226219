"""AWS on this machine: moto's server on a thread of this process, with its data in memory."""

from __future__ import annotations

import http.client
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

_SESSION = boto3.session.Session()
REGION = "eu-central-1"
KEYS = {"accessKeyId": "AKIATEST", "secretKeyId": "s3cr3t-of-the-test"}


@dataclass
class Aws:
    """A running server. Tests look into it with a client of their own."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def properties(self) -> dict[str, str]:
        """Properties of a task that reaches this server."""
        return {"endpointOverride": self.url, "region": REGION, **KEYS}

    def client(self, service: str) -> Any:
        """Return a client of the package."""
        return _SESSION.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=KEYS["accessKeyId"],
            aws_secret_access_key=KEYS["secretKeyId"],
        )

    def reset(self) -> None:
        """Forget all data."""
        self._post("/moto-api/reset", "")

    @contextmanager
    def authenticating(self) -> Iterator[None]:
        """While the block runs only keys that were made with IAM are let in."""
        self._post("/moto-api/reset-auth", "0")
        try:
            yield
        finally:
            self._post("/moto-api/reset-auth", "inf")

    def _post(self, path: str, body: str) -> None:
        connection = http.client.HTTPConnection(self.host, self.port)
        try:
            connection.request("POST", path, body)
            assert connection.getresponse().status == 200
        finally:
            connection.close()


@pytest.fixture(scope="session")
def aws_server() -> Iterator[Aws]:
    """A server for the whole run; the machine's own credentials are out of reach."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("AWS_")}
    os.environ |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
    os.environ |= {"AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_MAX_ATTEMPTS": "1"}
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield Aws(host, port)
    finally:
        server.stop()
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ |= kept


@pytest.fixture
def aws(aws_server: Aws) -> Aws:
    """An empty server."""
    aws_server.reset()
    return aws_server
