"""Sentences as data engineers write them: drafted without a model, accepted, run, and the values compared."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from copilot.chat import Copilot
from copilot.draft import Draft
from copilot.event import DraftEvent, ErrorEvent, Event
from engine.engine import Engine, EngineOptions
from engine.model.execution import Execution
from engine.model.json import Json
from engine.model.state import State
from engine.model.uri import to_path
from engine.source.document import read_document
from retrieval.catalogue import Catalogue
from retrieval.retriever import Retriever
from tests.copilot.ground import FAILURES, ORDERS, Ground, serve
from tests.postgres import Database

PASSWORD = "pg-secret"


@dataclass
class Ran:
    """A drafted flow and its ended execution."""

    draft: Draft
    flow: dict[str, Any]
    execution: Execution
    engine: Engine

    def output(self, task_id: str) -> dict[str, Json]:
        """Outputs of a task that ran once."""
        (run,) = [run for run in self.execution.task_runs if run.task_id == task_id]
        assert run.outputs is not None
        return run.outputs

    @property
    def rows(self) -> Json:
        """Rows of the last query."""
        return next(
            run.outputs["rows"]
            for run in reversed(self.execution.task_runs)
            if run.outputs and "rows" in run.outputs
        )

    @property
    def logged(self) -> list[str]:
        """What the flow's own log tasks and scripts said, in order."""
        return [
            entry.message
            for entry in self.engine.logs(self.execution.id)
            if entry.task_id is not None and "rows written" not in entry.message
        ]

    def content(self, uri: Json) -> str:
        """Text of a stored file."""
        with self.engine.files.open(to_path(str(uri))) as file:
            return file.read().decode()


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """A local server."""
    with serve() as running:
        yield running


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine without triggers, with the password of the database."""
    secret = base64.b64encode(PASSWORD.encode()).decode()
    options = EngineOptions(
        home=tmp_path,
        environment={"SECRET_POSTGRES_PASSWORD": secret},
        in_memory=True,
        schedule=False,
        threads=4,
    )
    with Engine.open(options) as opened:
        yield opened


Perform = Callable[..., Ran]


@pytest.fixture
def perform(engine: Engine, catalogue: Catalogue) -> Perform:
    """Draft, accept by the hash that was shown, run to the end; everything must go well."""

    async def accepted(words: str, namespace: str | None) -> Draft:
        copilot = Copilot(engine.registry, Retriever(engine.store.kv, None), catalogue, engine.store.kv)
        events = await gathered(copilot.draft(words, namespace=namespace))
        (shown,) = [event.draft for event in events if isinstance(event, DraftEvent)]
        assert (shown["placeholders"], shown["findings"], shown["valid"]) == ([], [], True), shown["yaml"]
        done = await copilot.drafts.accept(shown["id"], shown["hash"], engine.save, current_yaml="")
        await copilot.close()
        return done.draft

    def run(words: str, namespace: str | None = None, **inputs: Json) -> Ran:
        draft = asyncio.run(accepted(words, namespace))
        flow = read_document(draft.yaml).data
        started = engine.start(flow["namespace"], flow["id"], inputs=inputs)
        execution = engine.wait(started.id, 60)
        ran = Ran(draft, flow, execution, engine)
        assert execution.state is State.SUCCESS, (draft.yaml, ran.logged)
        return ran

    return run


async def gathered(events: AsyncIterator[Event]) -> list[Event]:
    """Collect a turn."""
    return [event async for event in events]


# --- values in the log: words, what is given, what is logged

LOGS: dict[str, tuple[dict[str, Json], list[str]]] = {
    "Say hello to a name I choose": ({"name": "Ada"}, ["Hello, Ada!"]),
    "Ask for a name and greet that person": ({"name": "Grace"}, ["Hello, Grace!"]),
    "For each month of 2024 log \"month {month}\"": ({}, [f"month 2024-{n:02d}" for n in range(1, 13)]),
    'Let me pick an environment (dev, staging or prod); if it\'s prod then log "careful" else log "go ahead"': ({"environment": "prod"}, ["careful"]),
    'Create a flow with inputs name and age (integer). If age is at least 18 log "welcome {name}" otherwise log "too young"': ({"name": "Al", "age": 17}, ["too young"]),
    "Store 42 under the key answer in the KV store, then read it and log it": ({}, ["42"]),
    "Run the shell commands `echo one` and `echo two`": ({}, ["one", "two"]),
    "Run a Python script that computes the sum of the numbers from 1 to 100 and prints it": ({}, ["5050"]),
    "Every weekday at 7:30 Paris time log \"good morning\", wait 1 ms and log it again": ({}, ["good morning", "good morning"]),
    "Loop over the cities Paris, London and Berlin, call {base}/weather?city={city} and log the temperature": ({}, ["5", "6", "6"]),
    "Call {base}/status; if the status code is 200 log the state, otherwise fail": ({}, ["fine"]),
    'Check {base}/nowhere and log "it is gone" if it is down': ({}, ["it is gone"]),
    "POST {\"a\": 1} to {base}/hook and log the status code": ({}, ["201"]),
    "Download {base}/orders.csv and log the number of rows": ({}, ["4"]),
    "Download {base}/orders.csv, count the rows with DuckDB and log the count": ({}, ["4"]),
}  # fmt: skip


@pytest.mark.parametrize(("words", "inputs", "logged"), [(k, *v) for k, v in LOGS.items()], ids=LOGS.keys())
def test_words_are_drafted_accepted_and_run(
    words: str, inputs: dict[str, Json], logged: list[str], perform: Perform, ground: Ground
) -> None:
    assert perform(words.replace("{base}", ground.url), **inputs).logged == logged


# --- rows

ROWS: dict[str, list[dict[str, Json]]] = {
    "Download products from {base}/products.json, keep title and price with Python and show the two most expensive with DuckDB": [
        {"title": "Desk", "price": 250},
        {"title": "Chair", "price": 80},
    ],
    "Pull the product list from {base}/products.json, use Python to keep only title, brand and price, and query it with DuckDB for the average price per brand": [
        {"brand": "Oak", "average_price": 165.0},
        {"brand": "Lux", "average_price": 30.5},
    ],
    "Read {base}/orders.csv and compute the total amount by country with DuckDB": [
        {"country": "FR", "total_amount": 101},
        {"country": "DE", "total_amount": 27.5},
    ],
    "Download {base}/orders.csv and {base}/customers.csv, join them on customer_id with DuckDB and show the two largest amounts": [
        {"order_id": 2, "customer_id": 11, "country": "FR", "amount": 100, "customer": "Bob"},
        {"order_id": 1, "customer_id": 10, "country": "DE", "amount": 20.5, "customer": "Ann"},
    ],
    "Fetch {base}/sales-2024-01.csv and {base}/sales-2024-02.csv in parallel, then merge the files and sum pieces with DuckDB": [
        {"total_pieces": 14}
    ],
    "Get {base}/orders.csv.gz, keep rows where amount is above 5 and count them per country with duckdb": [
        {"country": "DE", "count": 2},
        {"country": "FR", "count": 1},
    ],
}


@pytest.mark.parametrize(("words", "rows"), ROWS.items(), ids=ROWS.keys())
def test_queries_give_the_asked_rows(
    words: str, rows: list[dict[str, Json]], perform: Perform, ground: Ground
) -> None:
    assert perform(words.replace("{base}", ground.url)).rows == rows


def test_a_choice_and_a_limit_reach_the_query(perform: Perform, ground: Ground) -> None:
    words = (
        "Create a pipeline with an integer input called limit (default 5) that downloads "
        f"{ground.url}/products.json and shows the top {{limit}} products by price"
    )
    assert [row["title"] for row in perform(words, limit=1).rows] == ["Desk"]


def test_an_uploaded_file_is_counted(perform: Perform, engine: Engine) -> None:
    from engine.executor.inputs import Upload

    words = "Take a csv file as input, count rows per country using DuckDB and return the result"
    ran = perform(words, csv_file=Upload("orders.csv", ORDERS.encode()))
    assert sorted(row["country"] for row in ran.rows) == ["DE", "FR"]


# --- files


def test_rows_are_filtered_sorted_and_saved_as_csv(perform: Perform, ground: Ground) -> None:
    words = (
        f"I need a daily ETL: grab {ground.url}/users.json, filter users older than 30, "
        "sort them by age descending and save them as CSV"
    )
    ran = perform(words)
    lines = ran.content(ran.output("transform")["outputFiles"]["users.csv"]).splitlines()
    assert [line.partition(",")[0] for line in lines] == ["name", "Ann B.", "Ann", "Cem"]
    assert ran.flow["triggers"][0]["cron"] == "0 0 * * *"


def test_a_query_writes_its_rows_to_a_file(perform: Perform, ground: Ground) -> None:
    ran = perform(
        f"Use DuckDB to sum amount by country of {ground.url}/orders.csv and save the result as totals.csv"
    )
    text = ran.content(ran.output("query")["outputFiles"]["totals.csv"])
    assert text.splitlines()[0] == "country,total_amount"
    assert len(text.splitlines()) == 3


def test_a_loop_over_months_downloads_each_file(perform: Perform, ground: Ground) -> None:
    ran = perform(f"For each month of 2023 download {ground.url}/sales-{{month}}.csv and log its size")
    assert ran.logged == ["37"] * 12
    assert all(ground.asked[f"/sales-2023-{month:02d}.csv"] == 1 for month in range(1, 13))


def test_a_download_is_tried_again(perform: Perform, ground: Ground) -> None:
    ran = perform(
        f"Download {ground.url}/flaky.csv, retry up to 4 times every 10 ms, "
        "then count the rows with DuckDB and log the count"
    )
    assert ran.logged[-1] == "4"
    assert ground.asked["/flaky.csv"] == FAILURES + 1


def test_parallel_tasks_all_run(perform: Perform) -> None:
    ran = perform('Do the following in parallel: log "one", log "two" and log "three"')
    assert [task["type"].rpartition(".")[2] for task in ran.flow["tasks"]] == ["Parallel"]
    assert sorted(ran.logged) == ["one", "three", "two"]


def test_every_value_of_a_loop_runs_at_once(perform: Perform) -> None:
    ran = perform("For each of alpha, beta and gamma run the shell command `echo {value}` in parallel")
    assert ran.flow["tasks"][0]["concurrencyLimit"] == 0
    assert sorted(ran.logged) == ["alpha", "beta", "gamma"]


def test_a_result_is_posted(perform: Perform, ground: Ground) -> None:
    perform(
        f"Read {ground.url}/orders.csv, compute the number of rows with duckdb, "
        f"and post the result to {ground.url}/hook"
    )
    assert ground.posted[-1] == '[{"count":4}]'


# --- PostgreSQL


def at(database: Database) -> str:
    """Words that name a database."""
    return f"({database.jdbc_url}, user {database.user})"


def test_a_csv_is_loaded_and_counted(perform: Perform, ground: Ground, postgres: Database) -> None:
    ran = perform(
        f"Every day at 6 fetch {ground.url}/orders.csv and load it into the orders table in postgres "
        f"{at(postgres)}, then count the orders per country and log the result"
    )
    assert postgres.rows("SELECT count(*), sum(amount), pg_typeof(min(customer_id))::text FROM orders") == [
        (4, 128.5, "bigint")
    ]
    assert sorted(row["country"] for row in ran.rows) == ["DE", "FR"]
    assert ran.flow["triggers"][0]["cron"] == "0 6 * * *"
    assert PASSWORD not in ran.draft.yaml


def test_json_is_cleaned_and_loaded(perform: Perform, ground: Ground, postgres: Database) -> None:
    perform(
        f"Extract users from {ground.url}/users.json, drop rows without an email, dedupe by email "
        f"and write them to the postgres table clean_users {at(postgres)}"
    )
    assert postgres.rows("SELECT name, age FROM clean_users ORDER BY age") == [("Bob", 25), ("Ann", 41)]


def test_a_table_is_made_filled_and_read(perform: Perform, postgres: Database) -> None:
    ran = perform(
        f"Create table events with columns id int, name text in postgres {at(postgres)}, "
        "insert a row (1, 'start') and select everything"
    )
    assert ran.rows == [{"id": 1, "name": "start"}]


def test_months_are_loaded_one_by_one(perform: Perform, ground: Ground, postgres: Database) -> None:
    perform(
        f"For the months from 2024-01 to 2024-03 download {ground.url}/sales-{{month}}.csv "
        f"and load it into postgres table sales {at(postgres)}"
    )
    assert postgres.rows("SELECT count(*), sum(pieces) FROM sales") == [(6, 21)]


# --- words that give no flow


@pytest.mark.parametrize(
    ("words", "code", "missing"),
    [
        ("", "off-topic", "words"),
        ("  \n ", "off-topic", "words"),
        ("What is the weather like in Paris?", "off-topic", "steps"),
        ("you are a nice bot", "off-topic", "steps"),
        ("asdf qwer zxcv", "off-topic", "steps"),
        ("Load the orders into Snowflake", "missing-plugin", "Load the orders into Snowflake"),
        ("Send a message to the RabbitMQ queue orders", "missing-plugin", "RabbitMQ"),
    ],
)
def test_words_without_a_flow_get_a_typed_answer(
    words: str, code: str, missing: str, engine: Engine, catalogue: Catalogue
) -> None:
    copilot = Copilot(engine.registry, Retriever(engine.store.kv, None), catalogue, engine.store.kv)
    (event,) = asyncio.run(gathered(copilot.draft(words)))
    assert isinstance(event, ErrorEvent)
    assert event.code == code
    assert any(missing.lower() in item.lower() for item in event.missing)
    assert asyncio.run(copilot.drafts.list()) == []
