"""Words that name the systems of the catalogue, on the real registry; every plan passes the gate."""

from __future__ import annotations

import pytest

from copilot.gate import judge
from copilot.plan.plan import Plan, Step
from copilot.plan.render import render_plan, step_value
from copilot.planner.rules.compose import compose
from engine.registry import Registry

CASES: dict[str, str] = {
    # words: the steps, shortly; nested ones in brackets, `?` is a placeholder
    "Upload https://x.org/a.csv to the S3 bucket raw as in/a.csv": "http.Download s3.Upload",
    "Move s3://in/a.csv to gs://out/a.csv": "s3.Download gcs.Upload s3.Delete",
    "Copy s3://a/x.csv to s3://b/x.csv": "s3.Copy",
    "Download s3://a/1.csv and s3://a/2.csv": "s3.Download s3.Download",
    "For each object in s3://lake/in/, load it into the Postgres table lake": (
        "s3.List flow.ForEach[s3.Download python.Script postgresql.Query postgresql.CopyIn]"
    ),
    "Copy /out/a.csv from the sftp server sftp.acme.com to s3://b/a.csv": "sftp.Download s3.Upload",
    "Move all files from /in on the ftp server ftp.acme.com to /done": "ftp.Downloads",
    "Check the FTP server ftp.acme.com in /in for new files and download them": "ftp.Downloads",
    "Move /data/a.csv to /data/done/": "local.Move",
    "Delete files in /data/tmp older than 7 days": "local.List flow.ForEach[local.Delete]",
    "Write the Postgres query `select 1 as a` to /data/a.csv": (
        "postgresql.Query storage.Write json.JsonToIon csv.IonToCsv local.Upload"
    ),
    'Publish "done" to the Kafka topic events': "kafka.Produce",
    "Send every row of https://x.org/a.csv to the Kafka topic rows": (
        "http.Download duckdb.Query kafka.Produce"
    ),
    "Consume the kafka topic clicks and write it to the Postgres table b": "kafka.Consume postgresql.Batch",
    "Set the Redis key a to 5, then get the redis key a and log it": "string.Set string.Get log.Log",
    'Push "x" to the redis list jobs': "list.ListPush",
    "Subscribe to the MQTT topic a/b for 10 seconds and log how many messages came": (
        "mqtt.Subscribe log.Log"
    ),
    'Publish "x" to the NATS subject a.b': "core.Produce",
    "Copy the MySQL table a to the Postgres table b": "mysql.Query postgresql.Batch",
    "Copy the MySQL table a to s3://lake/a.parquet": "mysql.Query parquet.IonToParquet s3.Upload",
    "Convert https://x.org/a.csv to Excel": "http.Download csv.CsvToIon excel.IonToExcel",
    "Load https://x.org/a.xml into the Postgres table a": "http.Download xml.XmlToIon postgresql.Batch",
    "Download https://x.org/a.zip, unzip it and load b.csv into the Postgres table b": (
        "http.Download compress.ArchiveDecompress python.Script postgresql.Query postgresql.CopyIn"
    ),
    "Run dbt build in https://github.com/a/b.git": "flow.WorkingDirectory[git.Clone cli.DbtCLI]",
    "Clone https://github.com/a/b.git and run `make all` in it": (
        "flow.WorkingDirectory[git.Clone shell.Commands]"
    ),
    "Sync the flows of namespace a.b from https://github.com/a/b.git": "git.SyncFlows",
    "Pull the docker image redis:7 and run it": "cli.Pull cli.Run",
    "Tag the docker image a:1 as r.io/a:1 and push it": "cli.Tag cli.Push",
    "Take a comment as input, classify the comment as praise or blame with OpenAI and log the class": (
        "completion.Classification log.Log"
    ),
    "Read https://x.org/r.json and classify each of them as good or bad with Gemini, log the result": (
        "http.Download flow.ForEach[completion.Classification log.Log]"
    ),
    "Call https://x.org/users and return the length of the name of each user with Python": (
        "http.Request python.Script"
    ),
    "Download the green taxi csv and copy it into the postgres table green": (
        "http.Download python.Script postgresql.Query postgresql.CopyIn"
    ),
}


def shape(steps: list[Step]) -> str:
    def one(step: Step) -> str:
        inner = shape(list(step.children()))
        name = "?" if step.placeholder else ".".join(step.type.split(".")[-2:])
        return f"{name}[{inner}]" if inner else name

    return " ".join(one(step) for step in steps)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load()


def plan_of(words: str, registry: Registry) -> Plan:
    return compose(words, registry, lambda _: ())


def values_of(words: str, type_end: str, registry: Registry) -> dict[str, object]:
    steps = [step for step in plan_of(words, registry).walk() if step.type.endswith(type_end)]
    assert steps, shape(plan_of(words, registry).steps)
    return step_value(steps[0])


@pytest.mark.parametrize(("words", "expected"), CASES.items(), ids=range(len(CASES)))
def test_words_become_these_steps_and_pass_the_gate(words: str, expected: str, registry: Registry) -> None:
    plan = plan_of(words, registry)
    assert shape(plan.steps) == expected
    judged = judge(render_plan(plan), registry)
    assert not [finding for finding in judged.findings if finding.blocking]


@pytest.mark.parametrize(
    ("words", "type_end", "values"),
    [
        ("When a CSV file lands in /data/in, log its name", "fs.local.Trigger", {"from": "/data/in"}),
        ("When a file appears in s3://a/b/, log its name", "s3.Trigger", {"bucket": "a", "prefix": "b/"}),
        ("Whenever a message arrives on the kafka topic t, log it", "kafka.Trigger", {"topic": "t"}),
        ("When a message comes in on the NATS subject a.b, log it", "core.Trigger", {"subject": "a.b"}),
        (
            "When a file shows up in /out on the sftp server f.acme.com, log its name",
            "sftp.Trigger",
            {"host": "f.acme.com", "from": "/out"},
        ),
    ],
)
def test_what_arrives_starts_the_flow(
    words: str, type_end: str, values: dict[str, str], registry: Registry
) -> None:
    plan = plan_of(words, registry)
    trigger = plan.triggers[0]
    assert trigger.type.endswith(type_end)
    assert values.items() <= trigger.values.items()
    assert not plan.placeholders


def test_what_is_done_with_files_that_arrive_is_done_with_each(registry: Registry) -> None:
    words = "When a file lands in /data/incoming, count its lines and send the number to Slack"
    plan = plan_of(words, registry)
    assert shape(plan.steps) == "flow.ForEach[shell.Commands notifications.SlackIncomingWebhook]"
    assert "trigger.files" in str(plan.steps[0].values["values"])
    assert "vars.count" in str(step_value(plan.steps[0]))


def test_only_the_column_of_a_day_is_left_open(registry: Registry) -> None:
    words = (
        "Every morning at 6 load yesterday's orders from the Postgres table shop.orders into a Parquet file "
        "and upload it to the S3 bucket reports"
    )
    plan = plan_of(words, registry)
    assert shape(plan.steps) == "postgresql.Query ? parquet.IonToParquet s3.Upload"
    assert plan.steps[0].values["fetchType"] == "STORE"
    assert "date_column" in plan.placeholders[0]


def test_so_many_at_a_time_holds_for_the_whole_loop(registry: Registry) -> None:
    words = "for every month of 2021 download https://x.org/{month}.csv and log the month, two at a time, retry 3 times"
    loop = plan_of(words, registry).steps[0]
    assert loop.values["concurrencyLimit"] == 2
    assert [bool(step.retry) for step in loop.nested["tasks"]] == [True, True]


def test_an_unknown_address_in_a_loop_blocks(registry: Registry) -> None:
    words = "for every month of 2021 download the green taxi csv and copy it into a postgres table green"
    plan = plan_of(words, registry)
    assert shape(plan.steps).startswith("flow.ForEach[http.Download ?")
    assert [item.type for item in plan.inputs] == ["URI"]


@pytest.mark.parametrize(
    ("words", "type_end", "name"),
    [
        ("Upload https://x.org/a.csv to s3://b/a.csv", "s3.Upload", "AWS_ACCESS_KEY_ID"),
        ("Read /a.csv from the sftp server s.acme.com and log its size", "sftp.Download", "SFTP_PASSWORD"),
        ("Set the redis key a to 5", "string.Set", "REDIS_URL"),
        ("Query the mysql table a and log it", "mysql.Query", "MYSQL_PASSWORD"),
    ],
)
def test_credentials_are_secrets(words: str, type_end: str, name: str, registry: Registry) -> None:
    plan = plan_of(words, registry)
    assert any(step.type.endswith(type_end) for step in plan.walk())
    assert f"secret('{name}')" in render_plan(plan)


def test_a_password_in_the_address_of_redis_is_not_written(registry: Registry) -> None:
    plan = plan_of("Set the redis key a to 5 on redis://:hunter2@cache:6379", registry)
    assert not any("hunter2" in str(step_value(step)) for step in plan.walk() if not step.placeholder)


def test_where_a_file_goes_tells_its_format(registry: Registry) -> None:
    words = "Copy the Postgres table sales to /in/sales.csv on the sftp server s.acme.com"
    assert shape(plan_of(words, registry).steps) == "postgresql.Query csv.IonToCsv sftp.Upload"


def test_the_names_of_topics_come_from_the_loop(registry: Registry) -> None:
    words = 'For each of the topics a, b and c, publish "ping" to the Kafka topic of that name'
    assert values_of(words, "kafka.Produce", registry)["topic"] == "{{ taskrun.value }}"


def test_a_loop_over_a_table_sends_the_row_it_is_at(registry: Registry) -> None:
    words = "For each customer in the Postgres table customers, publish the customer to the kafka topic all"
    values = values_of(words, "kafka.Produce", registry)
    assert (values["topic"], values["from"]) == ("all", [{"value": "{{ taskrun.value }}"}])


def test_a_copy_into_a_table_never_becomes_a_query(registry: Registry) -> None:
    words = "Copy the numbers of the moon into the postgres table moon"
    plan = plan_of(words, registry)
    assert plan.placeholders
    assert "SELECT" not in str([step_value(step) for step in plan.walk()])


def test_a_name_that_ends_in_gz_gets_a_gzipped_file(registry: Registry) -> None:
    words = "Copy the Postgres table sales to the S3 bucket backups as sales.csv.gz"
    expected = "postgresql.Query csv.IonToCsv compress.FileCompress s3.Upload"
    assert shape(plan_of(words, registry).steps) == expected
