from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import StorageError
from engine.storage.ports import Changes, ExecutionQuery, Store
from engine.storage.sqlite import SqliteStore
from tests.engine.storage.contract import (
    FULL_EXECUTION,
    FULL_RUN,
    StoreContract,
    at,
    execution,
    flow,
    log,
    task_run,
    write,
)

ROOT = Path(__file__).parents[3]


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        opened = SqliteStore(tmp_path / "deep" / "flowsmith.db")
        yield opened
        opened.close()


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Run code in another process, with what this module imports."""
    head = "import sys, os\nfrom pathlib import Path\nfrom tests.engine.storage.test_sqlite import *\n"
    return subprocess.Popen(
        [sys.executable, "-c", head + code, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> str:
    """Wait for the end of a process and return what it printed."""
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output


def test_reopening_keeps_everything(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    first = SqliteStore(path)
    write(first, FULL_EXECUTION, runs=[FULL_RUN], logs=[log("kept")])
    first.flows.save(flow(), at(1))
    first.kv.put("ns", "k", b"raw", "BYTES", at(1))
    first.close()
    first.close()
    again = SqliteStore(path)
    found = again.executions.get("e1")
    assert found is not None
    assert found.task_runs == (FULL_RUN,)
    assert again.executions.logs().results[0].message == "kept"
    assert [row.id for row in again.flows.latest()] == ["daily"]
    assert list(again.kv.items("ns")) == [("k", b"raw")]
    again.close()


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    store.close()
    with pytest.raises(StorageError, match="closed"):
        store.executions.get("e1")
    with pytest.raises(StorageError, match="closed"):
        store.kv.put("ns", "k", 1, "NUMBER", at(1))


def test_two_processes_share_one_file(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    code = """
store = SqliteStore(Path(sys.argv[1]))
name = sys.argv[2]
for number in range(100):
    write(store, execution(f"{name}{number}"), runs=[task_run(f"{name}r{number}", f"{name}{number}")], logs=[log("x")])
    store.triggers.update("ns", "f", "t", lambda state: replace(state, facts={"n": state.facts["n"] + 1})
        if state else TriggerState("ns", "f", "t", "SCHEDULE", at(1), facts={"n": 1}))
    assert store.flows.save(flow(source=f"{name} {number}"), at(1)).revision
store.close()
"""
    head = "from dataclasses import replace\nfrom engine.storage.ports import TriggerState\n"
    # Neither has made the file before: both want to lay the tables.
    processes = [python(head + code, path, name) for name in ("a", "b", "c")]
    for process in processes:
        ended(process)
    store = SqliteStore(path)
    assert store.executions.search(ExecutionQuery()).total == 300
    assert store.triggers.get("ns", "f", "t").facts == {"n": 300}  # type: ignore[union-attr]
    revisions = [row.revision for row in store.flows.revisions("company.team", "daily")]
    assert revisions == list(range(1, 301))
    indexes = [entry.index for entry in store.executions.logs().results]
    assert len(set(indexes)) == 300
    store.close()


def test_a_killed_writer_leaves_whole_steps(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    code = """
store = SqliteStore(Path(sys.argv[1]))
number = 0
while True:
    with store.executions.transaction() as transaction:
        transaction.write(Changes({f"e{number}": execution(f"e{number}")}))
        transaction.write(Changes(task_runs={f"r{number}": task_run(f"r{number}", f"e{number}")}, logs=[log("x")]))
    number += 1
    if number == 50:
        print("ready", flush=True)
"""
    process = python(code, path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    store = SqliteStore(path)
    page = store.executions.search(ExecutionQuery(limit=1_000_000), task_runs=True)
    assert page.total >= 50
    assert all(len(one.task_runs) == 1 for one in page.results)
    assert store.executions.logs().total == page.total
    write(store, execution("after"))
    store.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("just some text, long enough to be looked at as a header " * 20)
    with pytest.raises(StorageError, match=r"notes\.txt' is not an SQLite database"):
        SqliteStore(path)
    assert path.read_text().startswith("just some text")


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (id)")
    connection.close()
    with pytest.raises(StorageError, match="belongs to something else.*songs"):
        SqliteStore(path)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        SqliteStore(tmp_path)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be made"):
        SqliteStore(tmp_path / "file" / "x.db")


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO migrations VALUES (9999)")
    connection.close()
    with pytest.raises(StorageError, match="newer version .schema 9999"):
        SqliteStore(path)


def test_a_full_disk_is_told_and_the_step_is_not_half_there(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    write(store, execution("e1"))
    # The page limit of a connection raises the same error as a full disk.
    with store._database.write() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    big = {f"r{n}": task_run(f"r{n}", "e1", outputs={"text": "x" * 10_000}) for n in range(20)}
    with pytest.raises(StorageError, match="the disk is full"), store.executions.transaction() as transaction:
        transaction.write(Changes({"e2": execution("e2")}, big))
    assert store.executions.get("e2") is None
    write(store, execution("e1", owner="still writable"))
    assert store.executions.get("e1").owner == "still writable"  # type: ignore[union-attr]
    store.close()


def test_a_transaction_inside_a_transaction_is_a_mistake_that_is_named(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    with pytest.raises(RuntimeError, match="open in this thread"), store.executions.transaction():
        store.kv.put("ns", "k", 1, "NUMBER", at(1))
    store.kv.put("ns", "k", 1, "NUMBER", at(1))
    store.close()


def test_an_abandoned_reading_of_items_does_not_hold_the_store(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "x.db")
    store.kv.put_many("ns", {f"k{number:04}": number for number in range(1500)}, "NUMBER", at(1))
    reading = store.kv.items("ns")
    next(reading)
    store.close()
    assert len(list(reading)) == 1499
    with pytest.raises(StorageError):
        list(store.kv.items("ns"))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id FROM executions WHERE end_date IS NULL OR owner IS NOT NULL ORDER BY start_date, id",
        "SELECT id FROM executions WHERE namespace = 'a' AND flow_id = 'b' AND state = 'QUEUED'",
        "SELECT id FROM executions ORDER BY start_date DESC, id DESC LIMIT 10",
        "SELECT execution_id FROM execution_labels WHERE key = 'a' AND value = 'b'",
        "SELECT id FROM task_runs WHERE execution_id = 'a'",
        "SELECT number FROM logs WHERE execution_id = 'a' AND number > 5 ORDER BY number",
        "SELECT value FROM kv WHERE namespace = 'a' AND key >= 'b' AND key < 'c' ORDER BY key",
    ],
)
def test_the_queries_of_the_hot_path_walk_no_table(tmp_path: Path, query: str) -> None:
    path = tmp_path / "x.db"
    SqliteStore(path).close()
    connection = sqlite3.connect(path)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")]
    connection.close()
    assert all("INDEX" in step for step in plan), plan
