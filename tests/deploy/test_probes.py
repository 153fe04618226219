"""Probes are answered by the real service, and tell the well from the ill."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from api.app import create_app
from api.cli import app
from api.settings import read_settings
from api.wiring import Wiring
from engine.engine import Engine, EngineOptions
from engine.errors import SettingsError
from tests.deploy.test_helm import PLAIN_OBJECTS
from tests.deploy.tools import pods
from tests.postgres import Database

PATHS = sorted(
    {
        probe["httpGet"]["path"]
        for _, _, container in pods(PLAIN_OBJECTS)
        for name, probe in container.items()
        if name.endswith("Probe") and "httpGet" in probe
    }
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("home")
    login = {"FLOWSMITH_USERNAME": "ann@example.com", "FLOWSMITH_PASSWORD": "Secret123"}
    settings = read_settings({"FLOWSMITH_HOME": str(home), "FLOWSMITH_EMBEDDER": "lexical", **login}, home)
    with (
        Wiring.open(settings) as wiring,
        TestClient(create_app(wiring), base_url="http://127.0.0.1") as client,
    ):
        assert client.get("/api/v1/main/flows/search").status_code == 401
        yield client


def test_there_are_paths() -> None:
    assert PATHS == ["/health", "/ping"]


@pytest.mark.parametrize("path", PATHS)
def test_the_service_answers_without_a_login(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"Host": "10.0.0.7:8080"}).status_code == 200


def ask(*arguments: str, **settings: str) -> Result:
    environment = {f"FLOWSMITH_{name}": value for name, value in settings.items()}
    return CliRunner().invoke(app, ["health", *arguments], env=environment)


def test_a_worker_is_well_while_it_beats(postgres: Database, tmp_path: Path) -> None:
    options = EngineOptions(
        home=tmp_path, database_url=postgres.url, environment={}, role="worker", collect_rarely=False
    )
    with Engine.open(options):
        assert ask("worker", DATABASE_URL=postgres.url).exit_code == 0
        other = ask("scheduler", DATABASE_URL=postgres.url)
        assert (other.exit_code, "no scheduler of this machine" in other.output) == (1, True)
    assert ask("worker", DATABASE_URL=postgres.url).exit_code == 1


def test_a_worker_is_not_started_again_because_of_its_database() -> None:
    done = ask("worker", DATABASE_URL="postgresql://user:tell-nobody@127.0.0.1:1/db")
    assert (done.exit_code, "not known" in done.output) == (0, True)
    assert "tell-nobody" not in done.output


def test_a_worker_without_a_shared_database_is_a_mistake() -> None:
    assert isinstance(ask("worker").exception, SettingsError)


def test_a_server_that_does_not_answer_is_ill() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    done = ask("server", "--port", str(port))
    assert (done.exit_code, "no answer" in done.output) == (1, True)
