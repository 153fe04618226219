"""Imports: what is carried over works, what is not is a placeholder, nothing is ever run to read it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.errors import NotImportable
from copilot.skills.imports.airflow_schedule import schedule_of
from copilot.skills.imports.read import kind_of, read_import
from engine.engine import Engine, EngineOptions
from engine.model.state import State
from engine.registry import Registry

COMMANDS = "io.kestra.plugin.scripts.shell.Commands"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    home: Path = tmp_path_factory.mktemp("home")
    with Engine.open(EngineOptions(home=home, schedule=False)) as opened:
        yield opened


def flows(text: str, registry: Registry, **options: Any) -> list[tuple[Any, dict[str, Any]]]:
    """Import; every flow must be valid but for its placeholders."""
    found = read_import(text, registry, **options)
    for made, verdict in found:
        assert verdict.valid, (made.yaml, [finding.text for finding in verdict.blocking])
    return [(made, yaml.safe_load(made.yaml)) for made, _ in found]


def one(text: str, registry: Registry, **options: Any) -> tuple[Any, dict[str, Any]]:
    (found,) = flows(text, registry, **options)
    return found


def ran(engine: Engine, text: str, **inputs: Any) -> Any:
    row = engine.save(text)
    execution = engine.wait(engine.start(row.namespace, row.id, inputs=inputs).id, 60)
    assert execution.state in (State.SUCCESS, State.WARNING), [
        item.message for item in engine.logs(execution.id)
    ]
    return execution


# --- crontab


def test_each_line_of_a_crontab_is_a_flow(registry: Registry) -> None:
    text = (
        "SHELL=/bin/bash\nPGHOST=db\nCRON_TZ=Europe/Berlin\n\n# load the orders\n"
        "30 2 * * * /opt/etl/load_orders.sh --all\n*/15 8-18 * * MON-FRI cd /srv && python3 sync.py\n@daily /opt/etl/load_orders.sh\n"
    )
    found = flows(text, registry, namespace="ops")
    assert [data["id"] for _, data in found] == ["load-orders", "sync", "load-orders-2"]
    first = found[0][1]
    assert first["description"] == "load the orders"
    assert first["namespace"] == "ops"
    assert first["triggers"][0] | {"id": ""} == {
        "id": "", "type": "io.kestra.plugin.core.trigger.Schedule", "cron": "30 2 * * *", "timezone": "Europe/Berlin"
    }  # fmt: skip
    task = first["tasks"][0]
    assert (task["env"], task["interpreter"]) == ({"PGHOST": "db"}, ["/bin/bash", "-c"])
    assert task["commands"] == ["/opt/etl/load_orders.sh --all"]
    assert "description" not in found[1][1]


def test_a_crontabs_input_and_percent_signs_are_read_as_cron_does(engine: Engine) -> None:
    made, _ = one("0 1 * * * wc -l%one%two 50\\% off", engine.registry)
    assert made.name == "wc"
    execution = ran(engine, made.yaml)
    assert any(entry.message.strip() == "2" for entry in engine.logs(execution.id))


def test_braces_of_other_languages_stay_text(engine: Engine) -> None:
    made, _ = one("0 1 * * * echo '{{.Names}} {\\% x \\%} {# y #}'", engine.registry)
    execution = ran(engine, made.yaml)
    assert any(entry.message == "{{.Names}} {% x %} {# y #}" for entry in engine.logs(execution.id))


def test_a_start_of_the_machine_and_a_random_minute_stay_open(registry: Registry) -> None:
    for line in ("@reboot /usr/bin/start", "0~59 3 * * * /usr/bin/start"):
        made, data = one(line, registry)
        assert len(made.placeholders) == 1
        assert "triggers" not in data


def test_a_system_crontab_names_its_users(registry: Registry) -> None:
    made, data = one("17 * * * * root run-parts /etc/cron.hourly", registry)
    assert data["tasks"][0]["commands"] == ["run-parts /etc/cron.hourly"]
    assert any("user root" in note for note in made.notes)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("", None, "empty"),
        ("hello world", None, "no crontab"),
        ("# nothing\n", "crontab", "no job"),
        ("0 1 * * *\n", "crontab", "Line 1"),
        ("@fortnightly /bin/x\n", "crontab", "no time cron knows"),
        ("jobs: {}\n", "github-actions", "no `jobs`"),
        ("jobs: [\n", "github-actions", "not valid YAML"),
        ("def f(:\n", "airflow", "no Python"),
        ("print(1)\n", "airflow", "defines no DAG"),
        ("id: a\nnamespace: b\ntasks: []\n", None, "flow already"),
        ("id: a\n", "kestra-2", "no `tasks`"),
        ("jobs:\n  a: {needs: b, steps: [{run: x}]}\n", "github-actions", "no job 'b'"),
    ],
)
def test_what_cannot_be_read_is_said(registry: Registry, text: str, kind: str | None, words: str) -> None:
    with pytest.raises(NotImportable, match=words):
        read_import(text, registry, kind=kind)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        kind_of(text)
    except NotImportable as error:
        assert error.message


# --- GitHub Actions

WORKFLOW = """\
name: Nightly
on:
  push: {branches: [main]}
  schedule: [{cron: "0 3 * * *"}]
  workflow_dispatch:
    inputs:
      day: {description: Day, required: true, default: monday}
      level: {type: choice, options: [low, high], default: low}
env: {BUCKET: data}
jobs:
  extract:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
      - id: get
        env: {TOKEN: "fixed"}
        run: |
          echo "$BUCKET ${{ inputs.day }}" > out.txt
          echo "rows=$(wc -l < out.txt)" >> "$GITHUB_OUTPUT"
      - run: echo "got ${{ steps.get.outputs.rows }} from $(cat out.txt)"
  test:
    needs: extract
    runs-on: ubuntu-latest
    strategy: {matrix: {python: ["3.11", "3.12"], os: [linux, mac], exclude: [{python: "3.11", os: mac}]}}
    steps:
      - run: echo "py ${{ matrix.python }} ${{ matrix.os }}"
  report:
    needs: [extract, test]
    runs-on: ubuntu-latest
    steps:
      - shell: python
        run: print("done")
"""


def test_a_workflow_runs(engine: Engine) -> None:
    made, data = one(WORKFLOW, engine.registry)
    assert made.placeholders == ()
    kinds = {trigger["type"].rpartition(".")[2] for trigger in data["triggers"]}
    assert kinds == {"Schedule", "Webhook"}
    assert data["inputs"][1]["values"] == ["low", "high"]
    execution = ran(engine, made.yaml)
    said = {entry.message for entry in engine.logs(execution.id)}
    assert {"got 1 from data monday", "py 3.11 linux", "py 3.12 mac", "py 3.12 linux", "done"} <= said
    assert "py 3.11 mac" not in said
    ends = {run.task_id: run.history.ended for run in execution.task_runs}
    assert ends["extract"] <= ends["test"] <= ends["report"]  # type: ignore[operator]


def test_what_a_workflow_needs_of_github_stays_open(registry: Registry) -> None:
    made, data = one(
        "on: push\njobs:\n  a:\n    runs-on: x\n    services: {db: {image: postgres}}\n    steps:\n"
        "      - uses: actions/checkout@v4\n      - uses: actions/setup-node@v4\n        with: {node-version: 20}\n"
        "      - run: npm test\n        env: {KEY: '${{ secrets.KEY }}'}\n"
        "      - uses: acme/deploy@v1\n        with: {to: prod}\n"
        "      - if: github.ref == 'refs/heads/main'\n        run: echo hi\n      - run: echo ${{ runner.os }}\n",
        registry,
    )
    opened = " | ".join(made.placeholders)
    for words in ("services", "acme/deploy@v1 with to: prod", "if: github.ref", "runner.os"):
        assert words in opened
    inside = data["tasks"][0]["tasks"]
    npm = next(task for task in inside if task.get("commands") == ["npm test"])
    assert npm["containerImage"] == "node:20"
    assert npm["env"]["KEY"] == "{{ secret('KEY') }}"


# --- Airflow

DAGS = '''\
import json
import os
from datetime import datetime, timedelta
import pendulum
from airflow import DAG
from airflow.decorators import dag, task
from airflow.models.baseoperator import chain
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
from airflow.sensors.filesystem import FileSensor

raise SystemExit("this file must never be run")

BASE = "/data"

def clean(path, limit=10):
    """Count letters."""
    print({"path": {path: limit}})
    return len(path)

with DAG(
    "orders_daily",
    description="Loads orders",
    schedule="@daily",
    start_date=pendulum.datetime(2024, 1, 1, tz="Europe/Paris"),
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    params={"country": "FR"},
    max_active_runs=1,
) as orders:
    begin = EmptyOperator(task_id="begin")
    get = BashOperator(task_id="get", bash_command=f"echo {BASE} {{{{ params.country }}}} {{{{ ds_nodash }}}}")
    other = BashOperator(task_id="other", bash_command="echo other", retries=1)
    counted = PythonOperator(task_id="counted", python_callable=clean, op_kwargs={"path": "abc"})
    show = BashOperator(task_id="show", bash_command="echo counted {{ ti.xcom_pull(task_ids='counted') }}")
    begin >> [get, other] >> counted
    counted.set_downstream(show)

@dag(schedule=timedelta(hours=6), start_date=datetime(2024, 1, 1))
def numbers():
    @task
    def extract():
        return [1, 2, 3]

    @task(task_id="summed")
    def total(values, factor):
        return sum(values) * factor

    total(extract(), 2)

numbers()
'''


def test_airflow_files_are_read_and_never_run(engine: Engine) -> None:
    (orders, data), (numbers, other) = flows(DAGS, engine.registry, name="dags.py")
    assert data["id"] == "orders-daily"
    assert data["retry"] == {"type": "constant", "interval": "PT5M", "maxAttempts": 3}
    assert data["triggers"][0]["timezone"] == "Europe/Paris"
    assert data["concurrency"]["limit"] == 1
    assert other["triggers"][0]["cron"] == "0 */6 * * *"
    assert orders.placeholders == numbers.placeholders == ()
    execution = ran(engine, orders.yaml)
    said = [entry.message for entry in engine.logs(execution.id)]
    assert any(line.startswith("/data FR 2") for line in said)
    assert "counted 3" in said
    ended = {run.task_id: run.history.ended for run in execution.task_runs}
    assert max(ended["get"], ended["other"]) <= ended["counted"] <= ended["show"]  # type: ignore[type-var, operator]
    summed = ran(engine, numbers.yaml)
    outputs = {run.task_id: run.outputs for run in summed.task_runs}
    assert outputs["summed"]["vars"] == {"value": 12}


def test_operators_without_a_counterpart_stay_open_in_their_place(registry: Registry) -> None:
    text = (
        "from airflow import DAG\nfrom airflow.sensors.filesystem import FileSensor\n"
        "from airflow.operators.bash import BashOperator\n"
        "dag = DAG('waits', schedule_interval='0 5 * * *', catchup=True)\n"
        "wait = FileSensor(task_id='wait', filepath='/x', dag=dag)\n"
        "a = BashOperator(task_id='a', bash_command='echo {{ macros.ds_add(ds, 1) }}', dag=dag)\n"
        "b = BashOperator(task_id='b', bash_command=make(), dag=dag)\nwait >> a >> b\nwait >> b\n"
    )
    made, data = one(text, registry)
    assert len(made.placeholders) == 3
    assert "FileSensor filepath='/x'" in made.placeholders[0]
    assert "macros.ds_add" in made.placeholders[1]
    assert "made by code" in made.placeholders[2]
    assert any("backfill" in note for note in made.notes)
    tasks = data["tasks"][0]["tasks"]
    assert [task.get("dependsOn") for task in tasks] == [None, ["wait"], ["wait", "a"]] or [
        task.get("dependsOn") for task in tasks
    ] == [None, ["wait"], ["a", "wait"]]


def test_a_circle_is_refused(registry: Registry) -> None:
    text = (
        "from airflow import DAG\nfrom airflow.operators.bash import BashOperator\nwith DAG('x'):\n"
        "    a = BashOperator(task_id='a', bash_command='x')\n    b = BashOperator(task_id='b', bash_command='x')\n"
        "    a >> b\n    b >> a\n"
    )
    with pytest.raises(NotImportable, match="circle"):
        read_import(text, registry)


@pytest.mark.parametrize(
    ("value", "cron"),
    [
        (None, ""), ("@once", ""), ("@weekly", "0 0 * * 0"), ("5 4 * * 1", "5 4 * * 1"), ("PT900S", "*/15 * * * *"),
        ("PT3600S", "0 * * * *"), ("PT21600S", "0 */6 * * *"), ("PT86400S", "0 0 * * *"), ("PT604800S", "0 0 * * 0"),
    ],
)  # fmt: skip
def test_schedules(value: Any, cron: str) -> None:
    assert (schedule_of(value).cron, schedule_of(value).problem) == (cron, "")


@pytest.mark.parametrize("value", ["PT420S", ["dataset"], "MyTimetable()"])
def test_schedules_cron_cannot_say(value: Any) -> None:
    assert schedule_of(value).problem


# --- Kestra 2

NEWER = """\
id: newer
namespace: demo
# keep me
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.Loop
    values: [a, b]
    tasks:
      - id: name
        type: io.kestra.plugin.core.debug.Return
        format: "{{ item.value }}-{{ item.index }}"   # stays
      - id: show
        type: io.kestra.plugin.core.log.Log
        message: "now {{ outputs.name.value }}"
triggers:
  - id: daily
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 9 * * *"
    when: "{{ trigger.date | date('d') != '13' }}"
"""


def test_a_newer_flow_keeps_its_bytes_and_its_meaning(engine: Engine) -> None:
    made, data = one(NEWER, engine.registry)
    assert made.placeholders == ()
    assert "# keep me" in made.yaml
    assert "# stays" in made.yaml
    assert data["tasks"][0]["concurrencyLimit"] == 0
    assert data["triggers"][0]["conditions"][0]["type"].endswith("condition.Expression")
    older, newer = ran(engine, made.yaml), ran(engine, NEWER)
    said = [
        sorted(entry.message for entry in engine.logs(item.id) if "now " in entry.message)
        for item in (older, newer)
    ]
    assert said[0] == said[1] == ["now a-0", "now b-1"]


def test_what_version_one_lacks_stays_open(registry: Registry) -> None:
    text = NEWER.replace("    values: [a, b]\n", "    values: {x: 1}\n    breakWhen: '{{ true }}'\n").replace(
        "item.index", "item.key"
    )
    made, _ = read_import(text, registry)[0]
    opened = " | ".join(made.placeholders)
    assert "breakWhen" in opened
    assert "over a map" in opened
    assert "item.key" in opened
