"""A database of every released schema opens with this version, nothing of it is lost, and it goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.engine import Engine, EngineOptions
from engine.errors import StorageError
from engine.model.execution import Execution
from engine.model.state import State
from engine.storage.backup import Archive, make_backup, restore_backup
from engine.storage.backup.place import find_place
from engine.storage.cipher import is_encrypted
from engine.storage.files import open_files
from engine.storage.opening import open_store
from engine.storage.ports import ExecutionQuery, Store
from engine.storage.sql.schema import MIGRATIONS
from tests.postgres import Database

RELEASED = Path(__file__).parent / "released"
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
NUMBERS = range(1, len(MIGRATIONS))


def released(number: int, path: Path) -> Path:
    """Make the SQLite file of a released schema."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((RELEASED / f"schema_{number}.sql").read_text())
    return path


def url_of(kind: str, number: int, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Make a database of a released schema; returns its address."""
    path = released(number, tmp_path / "old.db")
    if kind == "sqlite":
        return f"sqlite:///{path}"
    postgres: Database = request.getfixturevalue("postgres")
    files = open_files(None, tmp_path)
    make_backup(
        tmp_path / "old.zip",
        find_place(f"sqlite:///{path}", tmp_path),
        files=files,
        storage="",
        version="old",
        key=None,
    )
    with Archive(tmp_path / "old.zip") as archive:
        assert archive.manifest.schema == number
        restore_backup(archive, find_place(postgres.url, tmp_path), files, key=None, replace=False)
    return postgres.url


both = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
each = pytest.mark.parametrize("number", NUMBERS)


def test_every_schema_before_this_one_is_kept() -> None:
    kept = sorted(path.name for path in RELEASED.glob("schema_*.sql"))
    assert kept == [f"schema_{number}.sql" for number in NUMBERS], "see released/README.md"


@both
@each
def test_nothing_is_lost_and_it_goes_on(
    kind: str, number: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with engine_on(url_of(kind, number, tmp_path, request), tmp_path) as engine:
        store = engine.store
        (daily,) = found(store, flow_id="daily", task_runs=True)
        (child,) = found(store, flow_id="child", task_runs=True)
        (held,) = found(store, flow_id="hold")
        assert (daily.state, child.state, held.state) == (State.SUCCESS, State.SUCCESS, State.PAUSED)
        assert sorted(run.task_id for run in daily.task_runs) == ["child", "hello", "made"]
        assert sorted(run.value or "" for run in child.task_runs) == ["", "1", "2"]
        assert is_encrypted(daily.inputs["password"])
        assert engine.cipher is not None
        assert engine.cipher.decrypt(daily.inputs["password"]["value"]) == "correct-horse-battery-staple"
        messages = [entry.message for entry in store.executions.logs(execution_id=daily.id).results]
        assert "größe ✓ a,b" in messages
        values = {
            name: entry and entry.value for name in ("text", "raw") for entry in [store.kv.get("demo", name)]
        }
        assert values == {"text": {"a": [1, None, "ü"]}, "raw": bytes(range(256))}
        flow = store.flows.get("demo", "daily")
        assert flow is not None
        assert (flow.revision, flow.labels) == (2, {"team": "other"})
        assert store.triggers.get("demo", "daily", "yearly") is not None

        assert [one.id for one in found(store, labels={"x": "ü"})] == [daily.id]
        correlated = {one.id for one in found(store, labels={"system.correlationId": daily.id})}
        assert correlated == {daily.id, child.id}
        assert [one.id for one in found(store, labels={"system.correlationId": held.id})] == [held.id]

        engine.resume(held.id, {})
        assert engine.wait(held.id, 120).state is State.SUCCESS
        assert engine.wait(engine.start("demo", "child").id, 120).state is State.SUCCESS


def engine_on(url: str, home: Path) -> Engine:
    return Engine.open(
        EngineOptions(
            home=home / "home",
            database_url=url,
            environment={},
            encryption_key=KEY,
            schedule=False,
            threads=2,
            collect_rarely=False,
        )
    )


def found(store: Store, *, task_runs: bool = False, **query: Any) -> list[Execution]:
    page = store.executions.search(ExecutionQuery(namespace="demo", **query), task_runs=task_runs)
    return list(page.results)


@each
def test_an_upgraded_sqlite_file_has_what_a_new_one_has(number: int, tmp_path: Path) -> None:
    def parts(path: Path) -> set[tuple[str, ...]]:
        open_store(f"sqlite:///{path}", tmp_path).close()
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_master")
            return {(*row[:3], " ".join(row[3].split())) for row in rows}

    assert parts(released(number, tmp_path / "old.db")) == parts(tmp_path / "new.db")


@each
def test_an_upgraded_postgresql_database_has_what_a_new_one_has(
    number: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    postgres: Database = request.getfixturevalue("postgres")
    open_store(postgres.url, tmp_path).close()
    new = parts(postgres)
    postgres.rows("DROP SCHEMA flowsmith CASCADE")
    url_of("postgresql", number, tmp_path, request)
    assert parts(postgres) == new


def parts(postgres: Database) -> set[tuple[Any, ...]]:
    """Return tables with their settings, columns, indexes, triggers and functions."""
    return {
        *postgres.rows(
            "SELECT relname::text, relkind::text, reloptions::text FROM pg_class "
            "WHERE relnamespace = 'flowsmith'::regnamespace"
        ),
        *postgres.rows(
            "SELECT table_name::text, column_name::text, data_type::text, is_nullable::text, collation_name::text "
            "FROM information_schema.columns WHERE table_schema = 'flowsmith'"
        ),
        *postgres.rows("SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'flowsmith'"),
        *postgres.rows(
            "SELECT tgname::text, pg_get_triggerdef(oid) FROM pg_trigger "
            "WHERE tgrelid::regclass::text LIKE 'flowsmith.%' AND NOT tgisinternal"
        ),
        *postgres.rows(
            "SELECT proname::text, prosrc FROM pg_proc WHERE pronamespace = 'flowsmith'::regnamespace"
        ),
    }


def newer(kind: str, url: str, request: pytest.FixtureRequest) -> None:
    number = len(MIGRATIONS) + 1
    if kind == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            connection.execute("INSERT INTO migrations (number) VALUES (?)", (number,))
        return
    request.getfixturevalue("postgres").rows("INSERT INTO flowsmith.migrations VALUES (%s)", (number,))


@both
@pytest.mark.parametrize("doing", ["open", "back up"])
def test_a_newer_schema_is_refused_with_the_fix(
    kind: str, doing: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres").url
    open_store(url, tmp_path).close()
    newer(kind, url, request)
    with pytest.raises(
        StorageError, match=r"newer version \(schema \d+, known up to \d+\); update flowsmith"
    ):
        if doing == "open":
            open_store(url, tmp_path)
        make_backup(
            tmp_path / "new.zip", find_place(url, tmp_path), files=None, storage="", version="", key=None
        )
    assert not (tmp_path / "new.zip").exists()
