"""The flows of Google Cloud, as they are, through the real clients against services on this machine."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from engine.model.execution import ExecutionTrigger
from tests.emulators.google import PROJECT, Google
from tests.flows.test_flows import Quiet, outputs_of, run
from tests.taxi import COLUMNS, write_month

ROWS = 5_000
BUCKET, DATASET = "taxi-files", "trips"
PICKUP = {"yellow": "tpep_pickup_datetime", "green": "lpep_pickup_datetime"}


@pytest.fixture
def engine(tmp_path: Path, google: Google) -> Iterator[Engine]:
    """An engine that knows the key of a service account, where 06 and 07 have run."""
    secret = base64.b64encode(google.service_account.encode()).decode()
    options = EngineOptions(
        home=tmp_path / "home",
        environment={"SECRET_GCP_CREDS": secret},
        in_memory=True,
        schedule=False,
        threads=4,
    )
    with Engine.open(options) as opened:
        run(opened, "06_gcp_kv", project_id=PROJECT, location="EU", bucket=BUCKET, dataset=DATASET)
        run(opened, "07_gcp_setup")
        yield opened


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server with taxi files."""
    folder = tmp_path_factory.mktemp("gcp-site")
    write_month(folder, "yellow", 2019, 1, rows=ROWS)
    write_month(folder, "green", 2019, 1, rows=ROWS)
    write_month(folder, "green", 2019, 2, rows=100)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_bucket_and_dataset_are_made_once(engine: Engine, google: Google) -> None:
    assert google.gcs.storage.get_bucket(BUCKET)["location"] == "EU"
    assert google.bigquery.store.datasets[PROJECT, DATASET]["location"] == "EU"
    again = run(engine, "07_gcp_setup")
    assert outputs_of(again, "bucket")["created"] is False
    assert outputs_of(again, "dataset")["location"] == "EU"
    assert google.gcs.tokens == google.bigquery.bearers == {"emulated-token"}


@pytest.mark.parametrize("taxi", ["yellow", "green"])
def test_a_month_of_trips_is_merged_once(engine: Engine, google: Google, site: str, taxi: str) -> None:
    inputs = {"base_url": site, "taxi": taxi, "year": "2019", "month": "01"}
    first = run(engine, "08_gcp_taxi", **inputs)
    file, table = f"{taxi}_tripdata_2019-01.csv", f'"{PROJECT}"."{DATASET}"."{taxi}_tripdata"'
    assert first.outputs == {"rows": ROWS}
    assert first.labels["file"] == file
    assert google.gcs.names(BUCKET) == [file]
    assert google.gcs.get(f"{BUCKET}/{file}").count(b"\n") == ROWS + 1
    facts = f"""
        SELECT count(*), count(DISTINCT unique_row_id), min(filename), count({PICKUP[taxi]}),
               sum(total_amount), count(*) FILTER (WHERE congestion_surcharge IS NULL)
        FROM {table}"""
    [loaded] = google.bigquery.rows(facts)
    assert loaded[:4] == (ROWS, ROWS, file, ROWS)
    columns = [name for name, *_ in google.bigquery.rows(f"DESCRIBE {table}")]
    assert columns == ["unique_row_id", "filename", *COLUMNS[taxi]]  # type: ignore[index]
    assert {run.task_id for run in first.task_runs} >= {f"{taxi}_month", f"{taxi}_merge"}
    assert engine.files.list(f"zoomcamp/08-gcp-taxi/executions/{first.id}") == []

    run(engine, "08_gcp_taxi", **inputs)
    assert google.bigquery.rows(facts) == [loaded]
    merges = [job for job in google.bigquery.queries if "MERGE INTO" in job.settings["query"]]
    affected = [job.statistics["query"]["numDmlAffectedRows"] for job in merges]
    assert affected == [str(ROWS), "0"]


def test_the_amounts_are_those_of_the_file(engine: Engine, google: Google, site: str) -> None:
    run(engine, "08_gcp_taxi", base_url=site, taxi="green", year="2019", month="02")
    lines = google.gcs.get(f"{BUCKET}/green_tripdata_2019-02.csv").decode().splitlines()[1:]
    place = COLUMNS["green"].index("total_amount")
    wanted = sum(round(float(line.split(",")[place]) * 100) for line in lines)
    [[total]] = google.bigquery.rows(
        f'SELECT sum(total_amount) FROM "{PROJECT}"."{DATASET}"."green_tripdata"'
    )
    assert round(total * 100) == wanted


def test_a_scheduled_month_is_that_of_the_schedule(engine: Engine, google: Google, site: str) -> None:
    for month, rows in ((1, ROWS), (2, ROWS + 100)):
        date = datetime(2019, month, 1, 9, tzinfo=UTC).isoformat().replace("+00:00", "Z")
        trigger = ExecutionTrigger("green_schedule", "io.kestra.plugin.core.trigger.Schedule", {"date": date})
        ended = run(engine, "09_gcp_taxi_scheduled", trigger, base_url=site, taxi="green")
        assert ended.labels["file"] == f"green_tripdata_2019-{month:02}.csv"
        count = f'SELECT count(*) FROM "{PROJECT}"."{DATASET}"."green_tripdata"'
        assert google.bigquery.rows(count) == [(rows,)]
    tables = {table for _, _, table in google.bigquery.store.tables}
    assert tables >= {"green_tripdata_2019_01", "green_tripdata_2019_02", "green_tripdata_2019_02_ext"}


def test_a_missing_secret_is_named(tmp_path: Path, google: Google) -> None:
    options = EngineOptions(home=tmp_path, environment={}, in_memory=True, schedule=False, threads=2)
    with Engine.open(options) as engine:
        run(engine, "06_gcp_kv")
        with pytest.raises(AssertionError, match="Cannot find secret for key 'GCP_CREDS'"):
            run(engine, "07_gcp_setup")
