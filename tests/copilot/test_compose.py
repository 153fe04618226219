"""Words to plans without a model, on the real registry; every plan passes the gate."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest

from copilot.errors import MissingPlugin, OffTopic
from copilot.gate import judge
from copilot.plan.plan import Plan, Step
from copilot.plan.render import render_plan
from copilot.planner.rules.compose import compose
from engine.registry import Registry

Suggest = Callable[[str], Sequence[str]]

CASES: dict[str, str] = {
    # words: the steps, shortly; nested ones in brackets
    "Download products from https://dummyjson.com/products, keep title and price with Python and show the ten most expensive with DuckDB": "Download Script Query Log",
    "Every morning at 6 load https://example.com/trips.csv into postgres table trips": "Download Script Query CopyIn",
    "Say hello to a name I choose": "Log",
    "Create a flow that takes a city as input and logs \"Weather for {city}\"": "Log",
    "Download https://example.com/data.csv and count the rows per vendor with DuckDB, then log the result": "Download Query Log",
    "For every value of a, b, c log the value and wait 2 seconds": "ForEach[Log Sleep]",
    "for each month of 2019 download https://example.com/{month}.csv": "ForEach[Download]",
    "Let me choose the color (red or blue). If it is red log \"hot\" otherwise log \"cold\"": "If[Log Log]",
    "In parallel download https://example.com/x.csv and https://example.com/y.csv, then concatenate the files": "Parallel[Download Download] Script",
    "Set the key counter to 5 in the KV store, read it back and log it": "Set Get Log",
    "Run the query `select 1 as one` in postgres every weekday at 7:30 Paris time and log the result": "Query Log",
    "Run a shell command `echo hello`, and a python script that prints the current date": "Commands Script",
    "When a webhook arrives, log the body": "Log",
    "Call flow load_data in namespace company.team with month=2024-01 and wait": "Subflow",
    "log hello, then sleep 5 seconds and finally log goodbye": "Log Sleep Log",
    "Wait for approval before deleting the files": "Pause PurgeCurrentExecutionFiles",
    "set the label team to data and log the execution id": "Labels Log",
    "Return the sum of 1 and 2": "Return",
    "call https://example.com/status and fail if the status code is not 200": "Request If[Fail]",
    "Check whether the orders table in postgres is empty; if so fail with \"no orders\"": "Query If[Fail]",
    "Give me a pipeline: 1) download https://example.com/a.csv 2) remove rows where amount is below 10 3) log \"done\"": "Download Query Log",
    "For the years 2020 to 2022, log the year": "ForEach[Log]",
    "I need to backfill: for every day from 2024-01-01 to 2024-01-05 log the day": "ForEach[Log]",
    "Set the variable region to eu and log it": "SetVariables Log",
    "Read the namespace file etl.py and run it with python": "Commands",
    "Say hello in two languages at the same time: log \"hello\", log \"hola\"": "Parallel[Log Log]",
    "Every 2 hours between Monday and Friday sync postgres table one to table two": "Queries",
    "When flow extract finishes, run flow transform with date=2024-01-01, and then flow load": "Subflow Subflow",
    "Get the first 5 rows of https://example.com/a.csv and log them as a warning": "Download Query Log",
    "take a number of seconds as input, sleep that long, then log \"awake\"": "Sleep Log",
}  # fmt: skip


def shape(steps: Sequence[Step]) -> str:
    def one(step: Step) -> str:
        inner = shape(list(step.children()))
        name = "?" if step.placeholder else step.type.rpartition(".")[2]
        return f"{name}[{inner}]" if inner else name

    return " ".join(one(step) for step in steps)


def plan_of(words: str, registry: Registry, suggest: Suggest) -> Plan:
    return compose(words, registry, suggest)


@pytest.mark.parametrize(("words", "steps"), CASES.items(), ids=CASES.keys())
def test_words_become_steps_that_pass_the_gate(
    words: str, steps: str, registry: Registry, suggest: Suggest
) -> None:
    plan = plan_of(words, registry, suggest)
    assert shape(plan.steps) == steps
    assert [finding.text for finding in judge(render_plan(plan), registry).blocking] == []
    assert plan.placeholders == []


def test_the_same_words_give_the_same_bytes(registry: Registry, suggest: Suggest) -> None:
    words = next(iter(CASES))
    assert render_plan(plan_of(words, registry, suggest)) == render_plan(plan_of(words, registry, suggest))


def test_steps_are_wired_by_outputs(registry: Registry, suggest: Suggest) -> None:
    download, script, query, log = plan_of(next(iter(CASES)), registry, suggest).steps
    assert download.values["uri"] == "https://dummyjson.com/products"
    assert script.wiring == {"inputFiles/data.json": "outputs.download.uri"}
    assert script.values["outputFiles"] == ["products.json"]
    assert query.wiring == {"inputFiles/products.json": "outputs.transform.outputFiles['products.json']"}
    assert "ORDER BY price DESC\nLIMIT 10" in query.values["sql"]
    assert query.values["fetchType"] == "FETCH"
    assert log.values["message"] == "{{ outputs.query.rows }}"


def test_a_loop_reads_its_value_and_its_siblings(registry: Registry, suggest: Suggest) -> None:
    words = "for each month of 2019 download https://example.com/{month}.csv and upload it to the bucket gs://lake/raw/"
    (loop,) = plan_of(words, registry, suggest).steps
    assert loop.values["values"][0] == "2019-01"
    assert loop.nested["tasks"][0].values["uri"] == "https://example.com/{{ taskrun.value }}.csv"
    if len(loop.nested["tasks"]) > 1:
        assert (
            loop.nested["tasks"][1]
            .wiring.get("from", "outputs.download[taskrun.value].uri")
            .endswith("[taskrun.value].uri")
        )


def test_bounds_are_taken_out_of_the_words(registry: Registry, suggest: Suggest) -> None:
    plan = plan_of(
        "Create a flow called nightly in namespace acme.data that logs \"hi\" every night at 11 pm UTC, one at a time, "
        "with 3 retries every minute and a timeout of 10 minutes. If it fails, log \"bad\".", registry, suggest
    )  # fmt: skip
    assert (plan.id, plan.namespace) == ("nightly", "acme.data")
    assert plan.concurrency == {"limit": 1, "behavior": "QUEUE"}
    assert plan.triggers[0].values == {"cron": "0 23 * * *", "timezone": "UTC"}
    assert plan.steps[0].retry == {"type": "constant", "interval": "PT1M", "maxAttempts": 4}
    assert plan.steps[0].timeout == "PT10M"
    assert shape(plan.errors) == "Log"


SQL: dict[str, str] = {
    "delete rows older than 30 days from postgres table logs": "DELETE FROM logs\nWHERE created_at < now() - interval '30 days'",
    "delete rows where state is 'old' from postgres table logs": "DELETE FROM logs\nWHERE state = 'old'",
    "truncate the postgres table staging": "TRUNCATE TABLE staging",
    "query postgres for all orders with status = 'open'": "SELECT *\nFROM orders\nWHERE status = 'open'",
}  # fmt: skip


@pytest.mark.parametrize(("words", "sql"), SQL.items(), ids=SQL.keys())
def test_sql_is_written(words: str, sql: str, registry: Registry, suggest: Suggest) -> None:
    assert plan_of(words, registry, suggest).steps[-1].values["sql"] == sql


@pytest.mark.parametrize(
    "words", ["update the postgres table a so that b is 3", "upsert the postgres table a"]
)
def test_what_is_not_understood_is_never_a_select(words: str, registry: Registry, suggest: Suggest) -> None:
    plan = plan_of(words, registry, suggest)
    assert plan.placeholders and not any("sql" in step.values for step in plan.walk())


def test_a_number_nobody_gives_is_no_message(registry: Registry, suggest: Suggest) -> None:
    plan = plan_of("run the shell command `date` and log how many rows there are", registry, suggest)
    assert plan.placeholders == ["log how many rows there are"]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Every weekday at 7am fetch https://example.com/orders.csv and load it into the orders table in postgres", "orders-to-postgres"),
        ("Read https://example.com/orders.csv and compute the total amount by country", "orders-total-amount-by-country"),
        ("Every 15 minutes check https://example.com/health", "check-health"),
        ("Let the user choose between red and blue and log the choice", "log-choice"),
    ],
)  # fmt: skip
def test_a_flow_is_named_after_what_it_does(
    words: str, name: str, registry: Registry, suggest: Suggest
) -> None:
    assert plan_of(words, registry, suggest).id == name


def test_a_file_nobody_makes_is_asked_for(registry: Registry, suggest: Suggest) -> None:
    plan = plan_of("Import customers.csv into postgres", registry, suggest)
    assert [(item.id, item.type) for item in plan.inputs] == [("customers_csv", "FILE")]
    assert plan.steps[-1].wiring["from"] == "inputs.customers_csv"


def test_a_scheduled_flow_has_defaults_for_its_inputs(registry: Registry, suggest: Suggest) -> None:
    plan = plan_of("Every day at 6 say hello to a name I choose", registry, suggest)
    assert plan.inputs[0].defaults == "World"
    assert any("default" in note for note in plan.notes)


def test_words_nothing_matches_stay_visible(registry: Registry, suggest: Suggest) -> None:
    plan = plan_of('log "hi" and then frobnicate the gadgets', registry, suggest)
    assert plan.placeholders == ["frobnicate the gadgets"]
    assert "Not filled in yet: frobnicate the gadgets" in render_plan(plan)


def test_a_quoted_text_no_step_uses_is_not_lost(registry: Registry, suggest: Suggest) -> None:
    plan = plan_of('sleep 5 seconds with "a strange remark"', registry, suggest)
    assert any("a strange remark" in words for words in plan.placeholders)


@pytest.mark.parametrize("words", ["What is the weather like?", "hello", "tell me who you are", "42"])
def test_other_talk_is_off_topic(words: str, registry: Registry, suggest: Suggest) -> None:
    with pytest.raises(OffTopic):
        plan_of(words, registry, suggest)


def test_a_missing_system_is_named(registry: Registry, suggest: Suggest) -> None:
    with pytest.raises(MissingPlugin) as caught:
        plan_of("Load the data into Snowflake", registry, suggest)
    assert "snowflake" in caught.value.missing[0]


def test_passwords_are_secrets(registry: Registry, suggest: Suggest) -> None:
    text = render_plan(plan_of("load https://example.com/a.csv into postgres table a", registry, suggest))
    assert re.search(r"password: \"\{\{ secret\('POSTGRES_PASSWORD'\) \}\}\"", text)


def test_words_that_caused_a_step_are_shown_where_asked(registry: Registry, suggest: Suggest) -> None:
    plan = plan_of('log "hi" and wait 5 seconds', registry, suggest)
    assert "  # wait 5 seconds\n" in render_plan(plan, comments=True)
    assert "#" not in render_plan(plan)
