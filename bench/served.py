"""A service on a free port with flows and executions to look at: for figures and pictures of the page."""

from __future__ import annotations

import json
import shutil
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from api.app import create_app
from api.cli.up import listen
from api.settings import read_settings
from api.wiring import Wiring

CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
"""The browser of the system, None where there is none."""

ROOT = "/api/v1/main"


class Service:
    """A running service, spoken to over HTTP."""

    def __init__(self, address: str) -> None:
        self.address = address

    def call(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        """Call the service and return the parsed answer."""
        request = urllib.request.Request(
            f"{self.address}{ROOT}{path}", body, {"Content-Type": kind}, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def save(self, source: str) -> None:
        """Save a flow."""
        self.call("POST", "/flows", source.encode(), "application/x-yaml")

    def run(self, flow: str, *, wait: bool = True) -> str:
        """Start `namespace/id` and return the id of the execution."""
        answer = self.call("POST", f"/executions/{flow}?wait={str(wait).lower()}", b"")
        return str(answer["id"])

    def until(self, execution: str, *states: str) -> None:
        """Wait for an execution to reach one of the states."""
        while self.call("GET", f"/executions/{execution}")["state"]["current"] not in states:
            time.sleep(0.05)


@contextmanager
def served(home: Path) -> Iterator[Service]:
    """Serve a new data folder with the documentation read."""
    settings = read_settings(
        {"FLOWSMITH_HOME": str(home), "FLOWSMITH_EMBEDDER": "lexical", "FLOWSMITH_PORT": "0"}, home.parent
    )
    with Wiring.open(settings) as wiring, listen(settings) as listening:
        wiring.ingest()
        server = uvicorn.Server(
            uvicorn.Config(create_app(wiring), log_level="warning", timeout_graceful_shutdown=2)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield Service(f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join()
