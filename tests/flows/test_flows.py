"""The ready flows, as they are, in a real engine against a real PostgreSQL and a local web server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from engine.engine import Engine, EngineOptions
from engine.model.execution import Execution, ExecutionTrigger
from engine.model.state import State
from tests.postgres import Database
from tests.taxi import write_month

FLOWS = Path(__file__).parents[2] / "flows"
ROWS = 50_000
PRODUCTS = [
    {"id": 1, "title": "Chair", "brand": "Oak", "price": 40, "stock": 3},
    {"id": 2, "title": "Table", "brand": "Oak", "price": 60.5, "stock": 1},
    {"id": 3, "title": "Lamp", "brand": "Lux", "price": 20, "stock": 0},
    {"id": 4, "title": "Apple", "price": 1, "stock": 100},
]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    options = EngineOptions(home=tmp_path / "home", environment={}, in_memory=True, schedule=False, threads=4)
    with Engine.open(options) as opened:
        yield opened


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder without writing to the error stream."""

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server with products and taxi files."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "products").write_text(json.dumps({"products": PRODUCTS}))
    write_month(folder, "yellow", 2019, 1, rows=ROWS)
    write_month(folder, "yellow", 2019, 2, rows=100)
    write_month(folder, "green", 2019, 1, rows=ROWS)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(engine: Engine, flow: str, trigger: ExecutionTrigger | None = None, /, **inputs: Any) -> Execution:
    """Save a flow of the folder and run it to its end; a failure shows the log."""
    row = engine.save((FLOWS / f"{flow}.yaml").read_text("utf-8"))
    started = engine.start(row.namespace, row.id, inputs=inputs, labels={}, trigger=trigger)
    ended = engine.wait(started.id, 120)
    said = "\n".join(f"{entry.level} {entry.message}" for entry in engine.logs(ended.id))
    assert ended.state is State.SUCCESS, said
    return ended


def outputs_of(execution: Execution, task_id: str) -> dict[str, Any]:
    return next(run.outputs or {} for run in execution.task_runs if run.task_id == task_id)


def messages(engine: Engine, execution: Execution) -> list[str]:
    return [entry.message for entry in engine.logs(execution.id)]


@pytest.mark.parametrize("path", sorted(FLOWS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_flow_is_valid_without_a_warning(engine: Engine, path: Path) -> None:
    checked = engine.check(path.read_text("utf-8"))
    assert checked.flow is not None
    assert [finding.text for finding in checked.findings] == []


def test_hello_world_greets(engine: Engine) -> None:
    ended = run(engine, "01_hello_world", name="Grace")
    said = messages(engine, ended)
    assert "Hello, Grace!" in said
    assert ended.outputs == {"phrase": f"Grace was greeted by execution {ended.id} of flow 01_hello_world"}


@pytest.mark.registry
def test_python_hands_its_results_on(engine: Engine) -> None:
    ended = run(engine, "02_python", text="one two two")
    assert outputs_of(ended, "count")["vars"] == {"words": 3, "most_common": "two", "times": 2}
    assert "3 words; the most frequent one is 'two' (2 times)" in messages(engine, ended)
    assert [(m.name, m.value) for m in engine.store.executions.metrics(ended.id)] == [("words", 3)]


def test_products_are_reduced_and_averaged(engine: Engine, site: str) -> None:
    ended = run(engine, "03_products_pipeline", url=f"{site}/products")
    kept = outputs_of(ended, "transform")["outputFiles"]["products.json"]
    with engine.files.open(kept.removeprefix("kestra:///")) as file:
        assert json.load(file)[0] == {"brand": "Oak", "price": 40}
    query = outputs_of(ended, "query")
    assert query["size"] == 3
    with engine.files.open(query["uri"].removeprefix("kestra:///")) as file:
        lines = file.read().decode().splitlines()
    assert [("Oak" in line, "50.25" in line) for line in lines] == [
        (True, True),
        (False, False),
        (False, False),
    ]


def taxi_inputs(site: str, postgres: Database, **more: str) -> dict[str, str]:
    return {
        "base_url": site,
        "database_url": postgres.jdbc_url,
        "database_user": postgres.user,
        "database_password": postgres.password,
        **more,
    }


@pytest.mark.parametrize(("taxi", "pickup"), [("yellow", "tpep"), ("green", "lpep")])
def test_a_month_of_trips_is_loaded_once(
    engine: Engine, site: str, postgres: Database, taxi: str, pickup: str
) -> None:
    inputs = taxi_inputs(site, postgres, taxi=taxi, year="2019", month="01")
    first = run(engine, "04_postgres_taxi", **inputs)
    file = f"{taxi}_tripdata_2019-01.csv"
    assert first.outputs == {"rows": ROWS}
    assert first.labels["file"] == file
    facts = f"""
        SELECT count(*), count(DISTINCT unique_row_id), min(filename), count({pickup}_pickup_datetime),
               sum(total_amount)::numeric(14, 2)
        FROM public.{taxi}_tripdata"""
    [loaded] = postgres.rows(facts)
    assert loaded[:4] == (ROWS, ROWS, file, ROWS)
    assert engine.files.list(f"zoomcamp/04-postgres-taxi/executions/{first.id}") == []

    run(engine, "04_postgres_taxi", **inputs)
    assert postgres.rows(facts) == [loaded]


def test_a_scheduled_month_is_that_of_the_schedule(engine: Engine, site: str, postgres: Database) -> None:
    for month, rows in ((1, ROWS), (2, ROWS + 100)):
        date = datetime(2019, month, 1, 10, tzinfo=UTC)
        trigger = ExecutionTrigger(
            "yellow_schedule",
            "io.kestra.plugin.core.trigger.Schedule",
            {"date": date.isoformat().replace("+00:00", "Z")},
        )
        ended = run(
            engine, "05_postgres_taxi_scheduled", trigger, **taxi_inputs(site, postgres, taxi="yellow")
        )
        assert ended.labels["file"] == f"yellow_tripdata_2019-{month:02}.csv"
        assert postgres.rows("SELECT count(*) FROM yellow_tripdata") == [(rows,)]
