from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from engine.errors import OwnerLost, StorageError
from engine.storage.ports import Changes, ExecutionQuery, Store
from engine.storage.postgresql import PostgresStore
from engine.storage.postgresql.members import PostgresMembers
from engine.storage.postgresql.setup import prepare
from engine.storage.sql.schema import MIGRATIONS
from tests.engine.storage.contract import (
    FULL_EXECUTION,
    FULL_RUN,
    StoreContract,
    at,
    at_once,
    execution,
    flow,
    log,
    write,
)
from tests.postgres import Database, Server

ROOT = Path(__file__).parents[3]
HEAD = """
import sys
from dataclasses import replace
from engine.storage.ports import TriggerState
from tests.engine.storage.test_postgresql import *
from tests.engine.storage.contract import *
"""


@pytest.fixture(scope="class")
def shared(postgres_server: Server) -> Iterator[PostgresStore]:
    """One database for all tests of the contract: making one for each takes longer than the tests."""
    database = postgres_server.make()
    opened = PostgresStore(database.url)
    yield opened
    opened.close()
    postgres_server.drop(database)


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def store(self, shared: PostgresStore) -> Store:
        with shared._database.write() as connection:  # type: ignore[attr-defined]
            names = (
                "SELECT tablename FROM pg_tables WHERE schemaname = 'flowsmith' AND tablename <> 'migrations'"
            )
            for (name,) in connection.execute(names).fetchall():
                connection.execute(f"DELETE FROM {name}")
            connection.execute("ALTER SEQUENCE log_numbers RESTART")
        return shared


@pytest.fixture
def store(postgres: Database) -> Iterator[PostgresStore]:
    """A store on a server that may declare somebody dead, however short it has been up."""
    opened = PostgresStore(postgres.url)
    opened.members = PostgresMembers(opened._database, calm_seconds=0)  # type: ignore[arg-type]
    yield opened
    opened.close()


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Run code in another process, with what this module imports."""
    return subprocess.Popen(
        [sys.executable, "-c", HEAD + code, *map(str, arguments)],
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


def silent(postgres: Database, member: str, seconds: float) -> None:
    """Let a process have been silent, on a server that has been up for long."""
    postgres.rows(
        "UPDATE flowsmith.members SET beat = beat - make_interval(secs => %s) WHERE id = %s",
        (seconds, member),
    )


# -- what is kept, and by how many


def test_reopening_keeps_everything(postgres: Database) -> None:
    first = PostgresStore(postgres.url)
    write(first, FULL_EXECUTION, runs=[FULL_RUN], logs=[log("kept")])
    first.flows.save(flow(), at(1))
    first.kv.put("ns", "k", b"raw", "BYTES", at(1))
    first.close()
    first.close()
    again = PostgresStore(postgres.url)
    found = again.executions.get("e1")
    assert found is not None
    assert found.task_runs == (FULL_RUN,)
    assert again.executions.logs().results[0].message == "kept"
    assert list(again.kv.items("ns")) == [("k", b"raw")]
    again.close()


def test_processes_that_begin_together_share_one_database(postgres: Database) -> None:
    code = """
store = PostgresStore(sys.argv[1])
name = sys.argv[2]
for number in range(30):
    write(store, execution(f"{name}{number}"), runs=[task_run(f"{name}r{number}", f"{name}{number}")], logs=[log("x")])
    store.triggers.update("ns", "f", "t", lambda state: replace(state, facts={"n": state.facts["n"] + 1})
        if state else TriggerState("ns", "f", "t", "SCHEDULE", at(1), facts={"n": 1}))
    assert store.flows.save(flow(source=f"{name} {number}"), at(1)).revision
store.close()
"""
    # None has made the tables before: all want to.
    for process in [python(code, postgres.url, name) for name in ("a", "b", "c")]:
        ended(process)
    store = PostgresStore(postgres.url)
    assert store.executions.search(ExecutionQuery()).total == 90
    assert store.triggers.get("ns", "f", "t").facts == {"n": 90}  # type: ignore[union-attr]
    revisions = [row.revision for row in store.flows.revisions("company.team", "daily")]
    assert revisions == list(range(1, 91))
    indexes = [entry.index for entry in store.executions.logs().results]
    assert len(set(indexes)) == 90
    store.close()


def test_a_killed_writer_leaves_whole_steps(postgres: Database) -> None:
    code = """
store = PostgresStore(sys.argv[1])
number = 0
while True:
    with store.executions.transaction() as transaction:
        transaction.write(Changes({f"e{number}": execution(f"e{number}")}))
        transaction.write(Changes(task_runs={f"r{number}": task_run(f"r{number}", f"e{number}")}, logs=[log("x")]))
    number += 1
    if number == 50:
        print("ready", flush=True)
"""
    process = python(code, postgres.url)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.stderr and process.stderr.read()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    store = PostgresStore(postgres.url)
    page = store.executions.search(ExecutionQuery(limit=1_000_000), task_runs=True)
    assert page.total >= 50
    assert all(len(one.task_runs) == 1 for one in page.results)
    write(store, execution("after"))
    store.close()


def test_connections_that_broke_are_opened_anew(postgres: Database, store: PostgresStore) -> None:
    write(store, execution("e1"))
    with pytest.raises(StorageError), store.executions.transaction() as transaction:
        transaction.write(Changes({"e2": execution("e2")}))
        postgres.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'flowsmith'"
        )
        transaction.write(Changes({"e3": execution("e3")}))
    assert [one.id for one in store.executions.search(ExecutionQuery()).results] == ["e1"]
    write(store, execution("e2"))
    assert store.executions.get("e2") is not None


def test_numbers_of_log_entries_grow_within_an_execution(store: PostgresStore) -> None:
    def work(name: str) -> None:
        for number in range(20):
            write(store, logs=[log(f"{number}", name), log(f"{number}+", name)])

    at_once(*[lambda name=name: work(name) for name in "abc"])  # type: ignore[misc]
    for name in "abc":
        page = store.executions.logs(execution_id=name)
        assert [entry.message for entry in page.results] == [f"{n}{s}" for n in range(20) for s in ("", "+")]


def test_only_one_counts_slots_at_a_time(postgres: Database, store: PostgresStore) -> None:
    other = PostgresStore(postgres.url)

    def begin(which: Store, name: str) -> bool:
        with which.executions.transaction(admits=True) as transaction:
            if transaction.active("company.team", "daily") >= 3:
                return False
            transaction.write(Changes({name: execution(name)}))
            return True

    calls = [lambda n=n: begin(store if n % 2 else other, f"e{n}") for n in range(8)]  # type: ignore[misc]
    assert sum(map(bool, at_once(*calls))) == 3
    other.close()


def test_a_transaction_inside_a_transaction_is_a_mistake_that_is_named(store: PostgresStore) -> None:
    with pytest.raises(RuntimeError, match="open in this thread"), store.executions.transaction():
        store.kv.put("ns", "k", 1, "NUMBER", at(1))
    store.kv.put("ns", "k", 1, "NUMBER", at(1))


def test_labels_that_hold_what_no_text_can_are_stored(store: PostgresStore) -> None:
    write(store, execution("e1", labels={"a": "x\0y"}))
    assert store.executions.get("e1").labels == {"a": "x\0y"}  # type: ignore[union-attr]


def test_a_closed_store_says_so(postgres: Database) -> None:
    store = PostgresStore(postgres.url)
    store.close()
    with pytest.raises(StorageError, match="closed"):
        store.executions.get("e1")


# -- what is refused


def test_a_newer_database_is_refused(postgres: Database, store: PostgresStore) -> None:
    postgres.rows("INSERT INTO flowsmith.migrations VALUES (9999)")
    with pytest.raises(StorageError, match="newer version .schema 9999"):
        PostgresStore(postgres.url)


NEWER = (*MIGRATIONS, ("CREATE TABLE flowsmith.more (x TEXT)",))


def test_a_database_that_lacks_a_migration_is_refused(postgres: Database, store: PostgresStore) -> None:
    with psycopg.connect(postgres.url) as connection:
        connection.execute("SET search_path = flowsmith")
        connection.execute("DELETE FROM migrations")
        connection.execute("INSERT INTO migrations VALUES (%s)", (len(NEWER),))
        with pytest.raises(StorageError, match="lacks migration 1"):
            prepare(connection, "'x'", NEWER)


def test_a_newer_version_brings_its_tables_to_an_older_database(
    postgres: Database, store: PostgresStore
) -> None:
    write(store, execution("e1"))
    with psycopg.connect(postgres.url) as connection:
        connection.execute("SET search_path = flowsmith")
        prepare(connection, "'x'", NEWER)
    assert postgres.rows("SELECT max(number) FROM flowsmith.migrations") == [(len(NEWER),)]
    assert store.executions.get("e1") is not None


def test_tables_are_not_changed_under_processes_of_an_older_version(
    postgres: Database, store: PostgresStore
) -> None:
    assert store.members is not None
    store.members.enter("a", "worker")
    with psycopg.connect(postgres.url) as connection:
        connection.execute("SET search_path = flowsmith")
        with pytest.raises(StorageError, match="Processes of an older version use the database"):
            prepare(connection, "'x'", NEWER)
    assert postgres.rows("SELECT max(number) FROM flowsmith.migrations") == [(len(MIGRATIONS),)]
    store.members.leave("a")
    PostgresStore(postgres.url).close()


def test_a_schema_of_something_else_is_refused(postgres: Database) -> None:
    postgres.rows("CREATE SCHEMA flowsmith")
    postgres.rows("CREATE TABLE flowsmith.songs (id INTEGER)")
    with pytest.raises(StorageError, match="belongs to something else.*songs"):
        PostgresStore(postgres.url)
    assert postgres.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'flowsmith'") == [("songs",)]


def test_other_tables_of_the_database_do_not_matter(postgres: Database) -> None:
    postgres.rows("CREATE TABLE logs (songs TEXT)")
    store = PostgresStore(postgres.url)
    write(store, logs=[log("ours")])
    store.close()
    assert postgres.rows("SELECT count(*) FROM public.logs") == [(0,)]


def test_a_user_who_may_not_make_tables_is_refused_with_the_fix(postgres: Database) -> None:
    postgres.rows("DROP ROLE IF EXISTS reader")
    postgres.rows("CREATE ROLE reader LOGIN")
    url = postgres.url.replace("postgres:secret", "reader:hidden-word")
    with pytest.raises(StorageError, match="GRANT CREATE ON DATABASE") as refused:
        PostgresStore(url)
    assert "hidden-word" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda url, name: url.replace(f"/{name}", "/nowhere"), "does not exist; create it"),
        (
            lambda url, name: url.replace("postgres:secret@", "nobody-here@"),
            "does not exist|refuses the user",
        ),
    ],
    ids=["database", "user"],
)
def test_an_address_that_leads_nowhere_is_refused(postgres: Database, change: object, told: str) -> None:
    assert callable(change)
    with pytest.raises(StorageError, match=told):
        PostgresStore(change(postgres.url, postgres.name))


def test_a_database_in_another_encoding_is_refused(postgres: Database) -> None:
    postgres.rows("DROP DATABASE IF EXISTS latin")
    postgres.rows("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    try:
        with pytest.raises(StorageError, match="encoded in LATIN1; make one with"):
            PostgresStore(postgres.url.replace(f"/{postgres.name}", "/latin"))
    finally:
        postgres.rows("DROP DATABASE latin")


# -- who is alive, and who may write


def test_a_process_that_was_silent_for_long_is_declared_dead_and_writes_no_more(
    postgres: Database, store: PostgresStore
) -> None:
    members = store.members
    assert members is not None
    members.enter("a", "worker")
    members.enter("b", "worker")
    with store.executions.transaction("a") as transaction:
        transaction.write(Changes({"e1": execution("e1", owner="a")}))
    assert members.alive("a") and members.beat("a") and not members.bury()
    silent(postgres, "a", 11)
    assert members.bury()
    assert not members.alive("a") and not members.beat("a") and members.alive("b")
    with pytest.raises(OwnerLost), store.executions.transaction("a") as transaction:
        transaction.write(Changes({"e1": execution("e1", owner="a")}))
    assert store.executions.take_over([("e1", "a")], "b") == ["e1"]
    assert not members.bury()


def test_a_process_whose_lock_is_gone_is_declared_dead_sooner(
    postgres: Database, store: PostgresStore
) -> None:
    other = PostgresStore(postgres.url)
    assert other.members is not None and store.members is not None
    other.members.enter("a", "worker")
    silent(postgres, "a", 4)
    assert store.members.alive("a")
    other.members.close()  # what the end of a process does
    until_gone(postgres)
    assert not store.members.alive("a")
    other.close()


def until_gone(postgres: Database) -> None:
    """Wait until the server has let the locks of a closed connection go."""
    while postgres.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 7077"):
        threading.Event().wait(0.01)


def test_who_leaves_is_gone_at_once(store: PostgresStore) -> None:
    members = store.members
    assert members is not None
    members.enter("a", "worker")
    write(store, execution("e1", owner="a"), execution("e2"))
    members.leave("a")
    assert not members.alive("a")
    assert members.bury()


def test_nobody_is_declared_dead_in_the_middle_of_a_transaction(
    postgres: Database, store: PostgresStore
) -> None:
    members = store.members
    assert members is not None
    members.enter("a", "worker")
    silent(postgres, "a", 11)
    with store.executions.transaction("a") as transaction:
        transaction.write(Changes({"e1": execution("e1", owner="a")}))
        assert at_once(lambda: members.alive("a")) == [True]
    assert not members.alive("a")


def test_a_server_that_has_just_started_declares_nobody_dead(
    postgres: Database, store: PostgresStore
) -> None:
    fresh = PostgresMembers(store._database, calm_seconds=1e9)  # type: ignore[arg-type]
    fresh.enter("a", "worker")
    silent(postgres, "a", 1000)
    assert fresh.alive("a")
    fresh.close()


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
def test_the_queries_of_the_hot_path_walk_no_table(
    postgres: Database, store: PostgresStore, query: str
) -> None:
    with psycopg.connect(postgres.url) as connection:
        connection.execute("SET search_path = flowsmith; SET enable_seqscan = off")
        plan = [row[0] for row in connection.execute(f"EXPLAIN {query}")]  # type: ignore[arg-type]
    assert not any("Seq Scan" in step for step in plan), plan


def test_a_process_that_is_frozen_between_statements_that_wait_for_no_answer_is_declared_dead(
    store: PostgresStore, postgres: Database
) -> None:
    """The server takes such a session for active, and does not end it by itself."""
    database = store._database
    members = PostgresMembers(database, calm_seconds=0, frozen_seconds=0)  # type: ignore[arg-type]
    members.enter("frozen", "worker")
    postgres.rows("UPDATE flowsmith.members SET beat = beat - interval '1 hour' WHERE id = 'frozen'")
    with pytest.raises(StorageError), database.step() as step:
        assert step.execute("SELECT id FROM members WHERE id = 'frozen' FOR KEY SHARE").fetchone()
        patient = PostgresMembers(database, calm_seconds=0)  # type: ignore[arg-type]
        other = threading.Thread(target=patient.bury)
        other.start()
        other.join()
        assert postgres.rows("SELECT id FROM flowsmith.members WHERE id = 'frozen'")
        other = threading.Thread(target=members.bury)
        other.start()
        other.join()
    members.bury()
    assert not postgres.rows("SELECT id FROM flowsmith.members WHERE id = 'frozen'")
    members.close()
