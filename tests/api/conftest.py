"""A real application over a real engine in a folder of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient

from api.app import create_app
from api.cli.up import listen
from api.settings import read_settings
from api.wiring import Wiring

HELLO = """\
# greets
id: hello
namespace: demo
description: Says hello
labels:
  team: data
inputs:
  - id: name
    type: STRING
    defaults: World
tasks:
  - id: greet
    type: io.kestra.plugin.core.log.Log
    message: "Hello {{ inputs.name }}"   # kept
  - id: answer
    type: io.kestra.plugin.core.debug.Return
    format: "{{ inputs.name }}!"
outputs:
  - id: said
    type: STRING
    value: "{{ outputs.answer.value }}"
"""

SLOW = """\
id: slow
namespace: demo
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Sleep
    duration: PT1H
"""


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    home = tmp_path_factory.mktemp("home")
    settings = read_settings(
        {"FLOWSMITH_HOME": str(home / "data"), "FLOWSMITH_EMBEDDER": "lexical", "FLOWSMITH_PORT": "0"}, home
    )
    with Wiring.open(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(wiring: Wiring) -> Iterator[TestClient]:
    with TestClient(create_app(wiring), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def server(wiring: Wiring) -> Iterator[httpx.Client]:
    """The service behind a real socket: streams and waits are only true there."""
    with listen(wiring.settings) as listening:
        server = uvicorn.Server(uvicorn.Config(create_app(wiring), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            port = listening.getsockname()[1]
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def yaml_flow(flow_id: str, message: str = "hi", extra: str = "") -> str:
    """Return a small flow."""
    return (
        f"id: {flow_id}\nnamespace: demo\n{extra}tasks:\n  - id: one\n"
        f"    type: io.kestra.plugin.core.log.Log\n    message: {message}\n"
    )


def post_flow(client: httpx.Client, source: str) -> httpx.Response:
    """Create a flow."""
    headers = {"Content-Type": "application/x-yaml"}
    return client.post("/api/v1/main/flows", content=source.encode(), headers=headers)
