"""A year of taxi trips by backfill, with an engine that is killed again and again: every month once."""

from __future__ import annotations

import gzip
import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import psycopg
import pytest

from engine.engine import Engine, EngineOptions
from engine.model.execution import Execution
from engine.model.moment import from_text
from engine.model.state import State
from engine.storage.opening import open_store
from engine.storage.ports import ExecutionQuery, Store
from engine.triggers.backfill import Backfill
from tests.flows.test_flows import FLOWS, Quiet, taxi_inputs
from tests.mortal import Nursery
from tests.postgres import Database
from tests.taxi import COLUMNS, Taxi, file_name, write_month

YEAR = 2019
ROWS = 40
TODAY = datetime(2020, 6, 15, 12, tzinfo=UTC)
LATE = datetime.now(UTC) - TODAY
"""How late the clocks of the engines are: no date of the clock comes in between."""

TAXIS: tuple[Taxi, ...] = ("green", "yellow")
HOURS = {"green": 9, "yellow": 10}
MONTHS = range(1, 13)
FLOW = ("zoomcamp", "05_postgres_taxi_scheduled")


class Site(Quiet):
    """Serves files; in the middle of the one it is told to, it kills a process."""

    doomed: tuple[str, int] | None = None

    def copyfile(self, source: Any, outputfile: IO[bytes]) -> None:
        """Send the file, or half of it to somebody who does not live to see the rest."""
        content = source.read()
        if Site.doomed is None or Site.doomed[0] not in self.path:
            outputfile.write(content)
            return
        outputfile.write(content[: len(content) // 2])
        outputfile.flush()
        os.kill(Site.doomed[1], signal.SIGKILL)
        Site.doomed = None


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a year, both colours."""
    folder = tmp_path_factory.mktemp("year")
    for taxi in TAXIS:
        for month in MONTHS:
            write_month(folder, taxi, YEAR, month, rows=ROWS + month)
    return folder


@pytest.fixture
def site(year: Path) -> Iterator[str]:
    """The address of a server of the files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Site, directory=str(year)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    Site.doomed = None


LIVES: list[tuple[str, int | str]] = [
    ("claimed", 2),
    ("created", 3),
    ("download", f"yellow_tripdata_{YEAR}-04"),
    ("running:green_copy", 1),
    ("task:yellow_merge", 2),
    ("ended", 3),
]
"""What the lives of the engine end at, in this order; the one after them lives."""


def test_a_year_is_loaded_once_however_often_the_engine_is_killed(
    tmp_path: Path, year: Path, site: str, postgres: Database, nursery: Nursery
) -> None:
    home = tmp_path / "home"
    order(home, site, postgres)
    counts = []
    for kind, detail in LIVES:
        if isinstance(detail, int):
            pid = nursery.spawn(home, LATE, kind, detail)
        else:
            pid = nursery.spawn(home, LATE)
            Site.doomed = (detail, pid)
        assert nursery.wait(pid) == -signal.SIGKILL, f"it was not killed at {kind} {detail}"
        counts.append(sum(len(found) for found in by_trigger(home).values()))
    # It was killed all along the way: when next to nothing was made, between, and before the last.
    assert counts == sorted(counts) and counts[0] < 2 and len(set(counts)) > 3 and counts[-1] < 24
    assert nursery.wait(nursery.spawn(home, LATE)) == 0

    for taxi, found in by_trigger(home).items():
        assert [date_of(one) for one in found] == [
            f"{YEAR}-{month:02}-01T{HOURS[taxi]:02}:00:00Z" for month in MONTHS
        ]
        assert {one.state for one in found} == {State.SUCCESS}
        assert [one.outputs for one in found] == [{"rows": ROWS + month} for month in MONTHS]
        # In order, and never two at once.
        assert all(
            before.history.ended is not None and before.history.ended <= after.history.started
            for before, after in pairwise(found)
        )
        check_table(postgres, year, taxi)


def order(home: Path, site: str, postgres: Database) -> None:
    """Save the flow as it is and ask for the year of both colours; nothing runs yet."""
    given = {**taxi_inputs(site, postgres)}
    options = EngineOptions(
        home=home, environment={}, threads=1, schedule=False, collect_rarely=False, clock=lambda: TODAY
    )
    with Engine.open(options) as engine:
        engine.save((FLOWS / f"{FLOW[1]}.yaml").read_text("utf-8"))
        for taxi in TAXIS:
            wanted = Backfill(datetime(YEAR, 1, 1, tzinfo=UTC), datetime(YEAR, 12, 31, tzinfo=UTC), given)
            state = engine.triggers.backfill((*FLOW, f"{taxi}_schedule"), wanted)
            assert state.backfill is not None and state.backfill["total"] == 12


def by_trigger(home: Path) -> dict[str, list[Execution]]:
    """Return all executions of each colour's trigger, in the order of their making."""
    store: Store = open_store(None, home)
    try:
        query = ExecutionQuery(namespace=FLOW[0], flow_id=FLOW[1], sort=(("started", False),), limit=100)
        found = store.executions.search(query).results
    finally:
        store.close()
    assert all(one.trigger is not None for one in found)
    return {
        taxi: [one for one in found if one.trigger and one.trigger.id == f"{taxi}_schedule"] for taxi in TAXIS
    }


def date_of(execution: Execution) -> str:
    assert execution.trigger is not None
    date = str(execution.trigger.variables["date"])
    assert from_text(date).year == YEAR
    return date


def check_table(postgres: Database, year: Path, taxi: Taxi) -> None:
    """Compare the flow's table with the files, loaded by nothing but PostgreSQL itself."""
    columns = ", ".join(COLUMNS[taxi])
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        plain = f"CREATE TABLE plain AS SELECT filename, {columns} FROM {taxi}_tripdata LIMIT 0"
        connection.execute(f"DROP TABLE IF EXISTS plain; {plain}")
        for month in MONTHS:
            name = file_name(taxi, YEAR, month)
            text = gzip.decompress((year / taxi / f"{name}.gz").read_bytes())
            with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY plain ({columns}) FROM STDIN (FORMAT csv, HEADER)") as copy,
            ):
                copy.write(text)
            connection.execute("UPDATE plain SET filename = %s WHERE filename IS NULL", [name])
        loaded = f"SELECT filename, {columns} FROM {taxi}_tripdata"
        whole = connection.execute("SELECT count(*) FROM plain").fetchone()
        assert whole == (12 * ROWS + sum(MONTHS),)
        for one, other in ((loaded, "TABLE plain"), ("TABLE plain", loaded)):
            assert connection.execute(f"{one} EXCEPT ALL {other}").fetchall() == []
