"""`flowsmith backup` and `flowsmith restore`."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.opening import KEY_FILE, open_engine
from api.settings import read_settings
from engine.errors import StorageError
from engine.model.moment import now
from tests.postgres import Database

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@pytest.fixture
def flowsmith(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Run a command in a home."""
    monkeypatch.chdir(tmp_path)

    def run(home: str, *arguments: str, **settings: str) -> Result:
        environment = {f"FLOWSMITH_{name}": value for name, value in settings.items()}
        return CliRunner().invoke(app, arguments, env={"FLOWSMITH_HOME": home, **environment})

    return run


def fill(home: Path, **settings: str) -> None:
    with open_engine(
        read_settings({"FLOWSMITH_HOME": str(home), **settings}, home.parent), schedule=False
    ) as engine:
        engine.store.kv.put("demo", "kept", 1, "NUMBER", now())
        engine.files.put("demo/file", b"x")


def test_a_home_is_saved_and_comes_back(flowsmith: object, tmp_path: Path) -> None:
    fill(tmp_path / "a")
    saved = flowsmith("a", "backup", "saved.zip")  # type: ignore[operator]
    assert saved.exit_code == 0, saved.output
    assert "saved.zip: " in saved.output
    assert "1 files; the encryption key is not in it" in saved.output
    refused = flowsmith("b", "restore", "saved.zip")  # type: ignore[operator]
    assert isinstance(refused.exception, StorageError)
    assert "another encryption key" in refused.exception.message
    assert not (tmp_path / "b" / KEY_FILE).exists()
    (tmp_path / "b" / KEY_FILE).write_bytes((tmp_path / "a" / KEY_FILE).read_bytes())
    restored = flowsmith("b", "restore", "saved.zip")  # type: ignore[operator]
    assert restored.exit_code == 0, restored.output
    assert "1 files" in restored.output
    with open_engine(
        read_settings({"FLOWSMITH_HOME": str(tmp_path / "b")}, tmp_path), schedule=False
    ) as engine:
        kept = engine.store.kv.get("demo", "kept")
        assert (kept and kept.value, engine.files.read("demo/file")) == (1, b"x")
    again = flowsmith("b", "restore", "saved.zip")  # type: ignore[operator]
    assert isinstance(again.exception, StorageError)
    assert "--replace" in again.exception.message
    assert flowsmith("b", "restore", "saved.zip", "--replace").exit_code == 0  # type: ignore[operator]


def test_a_laptop_moves_to_postgresql_without_its_programs(
    flowsmith: object, postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "a", FLOWSMITH_ENCRYPTION_KEY=KEY)
    monkeypatch.setenv("PATH", "")
    key = {"ENCRYPTION_KEY": KEY}
    flowsmith("a", "backup", "saved.zip", **key)  # type: ignore[operator]
    moved = flowsmith("b", "restore", "saved.zip", DATABASE_URL=postgres.url, **key)  # type: ignore[operator]
    assert moved.exit_code == 0, moved.output
    assert postgres.rows("SELECT key FROM flowsmith.kv WHERE namespace = 'demo'") == [("kept",)]
    back = flowsmith("b", "backup", "--no-files", DATABASE_URL=postgres.url, **key)  # type: ignore[operator]
    assert "no files; they stay at file://" in back.output
    assert len(list(tmp_path.glob("flowsmith-*.zip"))) == 1
