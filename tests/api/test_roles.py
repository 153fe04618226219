"""The commands of processes that share a database."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from api.cli import app
from api.cli.measured import measured
from api.opening import open_engine
from api.settings import read_settings
from engine.errors import SettingsError, StorageError
from tests.chaos.fleet import Fleet
from tests.postgres import Database

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@pytest.fixture
def fleet(postgres: Database, tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(postgres, tmp_path)
    yield fleet
    fleet.close()


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Give back what a command has done to the signals of this process."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    "command", [["worker"], ["scheduler"], ["server", "--port", "0"]], ids=lambda c: c[0]
)
def test_without_a_database_of_many_processes_a_role_says_what_to_set(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWSMITH_HOME", str(tmp_path))
    monkeypatch.delenv("FLOWSMITH_DATABASE_URL", raising=False)
    result = CliRunner().invoke(app, command)
    assert isinstance(result.exception, StorageError)
    assert f"A {command[0]} shares its work" in result.exception.message
    assert "FLOWSMITH_DATABASE_URL=postgresql://" in result.exception.message


def test_a_worker_and_a_scheduler_end_well_when_they_are_told_to(fleet: Fleet, postgres: Database) -> None:
    processes = [fleet.launch("worker", "--queue", "gpu", "--threads", "2"), fleet.launch("scheduler")]
    for process in processes:
        process.wait_ready()
    assert postgres.rows("SELECT role FROM flowsmith.members ORDER BY role") == [("scheduler",), ("worker",)]
    assert [process.stop() for process in processes] == [0, 0]
    assert postgres.rows("SELECT role FROM flowsmith.members") == []


def test_a_process_without_an_interface_tells_its_numbers_where_it_is_asked_to(fleet: Fleet) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    worker = fleet.launch("worker", "--metrics", address)
    worker.wait_ready()
    assert httpx.get(f"http://{address}/health").json() == {"status": "UP"}
    answer = httpx.get(f"http://{address}/prometheus")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "flowsmith_transaction_seconds_bucket" in answer.text
    assert httpx.get(f"http://{address}/api/v1/main/flows/search").status_code == 404
    assert worker.stop() == 0


def test_an_address_for_numbers_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="is no address: write host:port"), measured("9090", str, bool):
        pass
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SettingsError, match="nobody can listen there"), measured(address, str, bool):
            pass


def test_processes_on_one_database_must_have_one_key(postgres: Database, tmp_path: Path) -> None:
    def environment(home: str, key: str) -> dict[str, str]:
        return {
            "FLOWSMITH_HOME": str(tmp_path / home),
            "FLOWSMITH_DATABASE_URL": postgres.url,
            "FLOWSMITH_ENCRYPTION_KEY": key,
        }

    for home in ("a", "b"):
        open_engine(read_settings(environment(home, KEY), tmp_path), role="worker", schedule=False).close()
    other = environment("c", KEY.replace("MDEy", "MDEx"))
    with pytest.raises(SettingsError, match="another encryption key; set FLOWSMITH_ENCRYPTION_KEY"):
        open_engine(read_settings(other, tmp_path), role="worker", schedule=False)
    assert postgres.rows("SELECT 1 FROM flowsmith.members") == []
