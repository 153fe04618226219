"""A service that asks for a login, behind a real socket, with one account of each role."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from api.cli.up import listen, server_config
from api.security.password import Cost
from api.security.permission import Role
from api.security.security import Security
from api.settings import read_settings
from api.wiring import Wiring

OPERATOR = ("op@example.com", "Admin1234!")
PASSWORD = "correct horse battery"
EDITOR = ("ed@example.com", PASSWORD)
VIEWER = ("vi@example.com", PASSWORD)
KEY = "a-webhook-key-nobody-knows"

HOOKED = f"""\
id: hooked
namespace: demo
tasks:
  - id: one
    type: io.kestra.plugin.core.log.Log
    message: hi
triggers:
  - id: hook
    type: io.kestra.plugin.core.trigger.Webhook
    key: {KEY}
"""


def open_wiring(home: Path, **more: str) -> Wiring:
    settings = read_settings(
        {
            "FLOWSMITH_HOME": str(home / "data"),
            "FLOWSMITH_EMBEDDER": "lexical",
            "FLOWSMITH_PORT": "0",
            "FLOWSMITH_USERNAME": OPERATOR[0],
            "FLOWSMITH_PASSWORD": OPERATOR[1],
            **more,
        },
        home,
    )
    wiring = Wiring.open(settings)
    # The cost of a guess is measured in test_password.py; here it would only be waited for.
    wiring.security = Security(settings, wiring.engine.store.kv, cost=Cost(n=1 << 10, p=1))
    return wiring


@contextmanager
def served(wiring: Wiring) -> Iterator[str]:
    """Serve over a real socket; gives the address."""
    with listen(wiring.settings) as listening:
        server = uvicorn.Server(server_config(wiring))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    with open_wiring(tmp_path_factory.mktemp("home")) as opened:
        opened.security.accounts.add(EDITOR[0], Role.EDITOR, EDITOR[1])
        opened.security.accounts.add(VIEWER[0], Role.VIEWER, VIEWER[1])
        opened.engine.save(HOOKED)
        yield opened


@pytest.fixture(scope="module")
def url(wiring: Wiring) -> Iterator[str]:
    with served(wiring) as address:
        yield address


def as_user(url: str, who: tuple[str, str] | None) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=30, auth=who)


def with_token(url: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=30, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def admin(url: str) -> Iterator[httpx.Client]:
    with as_user(url, OPERATOR) as client:
        yield client


@pytest.fixture(scope="module")
def editor(url: str) -> Iterator[httpx.Client]:
    with as_user(url, EDITOR) as client:
        yield client


@pytest.fixture(scope="module")
def viewer(url: str) -> Iterator[httpx.Client]:
    with as_user(url, VIEWER) as client:
        yield client


@pytest.fixture(scope="module")
def nobody(url: str) -> Iterator[httpx.Client]:
    with as_user(url, None) as client:
        yield client
