"""The dbt tasks: a program that answers as dbt does, and the real dbt with DuckDB."""

import json
import os
import sys
from pathlib import Path

import pytest

from engine.errors import TaskFailure
from engine.model.log import Level
from engine.model.state import State
from engine.plugins.dbt._command import with_options

PROCESS = {"type": "io.kestra.plugin.core.runner.Process"}
NOBODY = {"type": "io.kestra.plugin.scripts.runner.docker.Docker", "host": "unix:///nowhere/docker.sock"}
DBT = """\
import json, os, pathlib, sys
def say(level, msg, **more):
    print(json.dumps({"data": {}, "info": {"level": level, "msg": msg, **more}}), flush=True)
arguments = sys.argv[1:]
say("info", "Running with \\x1b[32mdbt\\x1b[0m " + json.dumps(arguments))
say("info", "")
if os.environ.get("DBT_WARNS"):
    say("warn", "Got 1 result, configured to warn")
say("debug", pathlib.Path(os.environ.get("DBT_PROFILES_DIR", "."), "profiles.yml").exists() and "profile" or "none")
print("plain text")
project = pathlib.Path(arguments[arguments.index("--project-dir") + 1] if "--project-dir" in arguments else ".")
old = project / "target" / "manifest.json"
say("info", "state " + (old.read_text() if old.exists() else "none"))
(project / "target").mkdir(parents=True, exist_ok=True)
results = [{"unique_id": "model.shop.totals", "status": "success", "execution_time": 0.5,
            "adapter_response": {"rows_affected": 3}},
           {"unique_id": "test.shop.x", "status": os.environ.get("DBT_STATUS", "pass"), "execution_time": 0.1,
            "adapter_response": {}}]
(project / "target" / "run_results.json").write_text(json.dumps({"results": results}))
(project / "target" / "manifest.json").write_text(json.dumps({"nodes": {"model.shop.totals": {}}}))
sys.exit(int(os.environ.get("DBT_CODE", "0")))
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return a PATH on which `dbt` is a program that answers as dbt does."""
    folder = tmp_path / "programs"
    folder.mkdir()
    program = folder / "dbt"
    program.write_text(f"#!{sys.executable} -I\n{DBT}")
    program.chmod(0o755)
    return f"{folder}:{os.defpath}"


@pytest.fixture
def run(run_task, path):
    """Return `run(ctx, "DbtCLI", …)` on the process runner."""

    def made(ctx, name="DbtCLI", env=None, **properties):
        return run_task(
            ctx, f"dbt.cli.{name}", taskRunner=PROCESS, env={"PATH": path, **(env or {})}, **properties
        )

    return made


def test_the_log_the_results_and_the_times_of_nodes(make_context, run):
    ctx = make_context()
    output = run(ctx, commands=["dbt build"], profiles="shop: {}")
    assert ctx.logs[0] == (
        Level.INFO,
        'Running with dbt ["build", "--log-format", "json", "--log-path", "logs"]',
    )
    assert ctx.logs[1:] == [(Level.DEBUG, "profile"), (Level.INFO, "plain text"), (Level.INFO, "state none")]
    assert set(output["outputFiles"]) == {"run_results.json", "manifest.json"}
    assert (
        json.loads(ctx.read_text(output["outputFiles"]["run_results.json"]))["results"][0]["status"]
        == "success"
    )
    nodes = [(m.kind, m.value, m.tags["node"]) for m in ctx.metrics if m.name == "dbt.node"]
    assert nodes == [("timer", 0.5, "model.shop.totals"), ("timer", 0.1, "test.shop.x")]
    assert [(m.value, m.tags) for m in ctx.metrics if m.name == "dbt.nodes"] == [
        (1, {"status": "success"}),
        (1, {"status": "pass"}),
    ]
    assert [m.value for m in ctx.metrics if m.name == "dbt.rows"] == [3]
    assert ctx.final_state is State.SUCCESS


def test_a_warning_of_dbt_is_a_warning_of_the_task(make_context, run):
    ctx = make_context()
    run(ctx, commands=["dbt test"], env={"DBT_WARNS": "1"})
    assert ctx.final_state is State.WARNING
    assert (Level.WARN, "Got 1 result, configured to warn") in ctx.logs


def test_a_failed_run_keeps_its_results(make_context, run):
    with pytest.raises(TaskFailure, match="exit code 1") as caught:
        run(make_context(), commands=["dbt build"], env={"DBT_CODE": "1", "DBT_STATUS": "fail"})
    assert set(caught.value.outputs["outputFiles"]) == {"run_results.json", "manifest.json"}


def test_results_may_be_left_alone(make_context, run):
    output = run(make_context(), commands=["dbt build"], parseRunResults=False)
    assert output["outputFiles"] == {}


def test_a_manifest_is_kept_for_the_next_run(make_context, run):
    entry = {"key": "shop-manifest", "namespace": "company.team"}
    for said in ("state none", 'state {"nodes":{"model.shop.totals":{}}}'):
        ctx = make_context()
        run(ctx, commands=["dbt build"], projectDir="shop", loadManifest=entry, storeManifest=entry,
            inputFiles={"shop/dbt_project.yml": "name: shop"})  # fmt: skip
        assert said in ctx.messages


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("dbt build", "dbt build --log-format json"),
        ("dbt build --log-format text", "dbt build --log-format text"),
        (
            "dbt deps && dbt build | tee log",
            "dbt deps --log-format json && dbt build --log-format json | tee log",
        ),
        ("dbt ls 2> err.txt", "dbt ls --log-format json 2> err.txt"),
        ("dbt run --vars '{a: \"x && y\"}'", "dbt run --vars '{a: \"x && y\"}' --log-format json"),
        ("dbt run --select 'a|b'\necho done", "dbt run --select 'a|b' --log-format json\necho done"),
        ("./bin/dbt run", "./bin/dbt run --log-format json"),
        ("echo dbt run", "echo dbt run"),
        ("pip install dbt-core", "pip install dbt-core"),
        ("dbt-helper run", "dbt-helper run"),
    ],
)
def test_options_are_put_where_they_belong(line, expected):
    assert with_options(line, {"--log-format": "json"}) == expected


@pytest.mark.parametrize(
    ("name", "properties", "said"),
    [
        ("Build", {"select": ["a+", "b"], "thread": 4, "fullRefresh": True},
         ["build", "--threads", "4", "--full-refresh", "--select", "a+", "b"]),
        ("Run", {"target": "prod", "exclude": ["c"]}, ["run", "--target", "prod", "--exclude", "c"]),
        ("Test", {"warnError": True, "failFast": True}, ["--fail-fast", "--warn-error", "test"]),
        ("Seed", {}, ["seed"]),
        ("Snapshot", {"selector": "nightly"}, ["snapshot", "--selector", "nightly"]),
        ("Compile", {"debug": True}, ["--debug", "compile"]),
        ("Deps", {"select": ["ignored"]}, ["deps"]),
        ("List", {}, ["list"]),
        ("Freshness", {}, ["source", "freshness"]),
    ],
)  # fmt: skip
def test_the_older_tasks_run_one_command(make_context, run, name, properties, said):
    ctx = make_context()
    run(ctx, name, **properties)
    heard = json.loads(ctx.messages[0].removeprefix("Running with dbt "))
    assert heard == [*said, "--log-format", "json", "--log-path", "logs"]


def test_an_adapter_that_nobody_names_is_asked_for(make_context, run_task):
    with pytest.raises(TaskFailure, match="not clear which adapter dbt needs; name it in `containerImage`"):
        run_task(make_context(), "dbt.cli.DbtCLI", taskRunner=NOBODY, commands=["dbt build"])


@pytest.mark.registry
def test_the_real_dbt_builds_with_duckdb(make_context, run_task):
    ctx = make_context()
    files = {
        "dbt_project.yml": "name: shop\nversion: '1.0'\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n",
        "seeds/orders.csv": "id,total\n1,10\n2,20\n",
        "models/totals.sql": "select sum(total) as total from {{ ref('orders') }}",
    }
    output = run_task(
        ctx,
        "dbt.cli.DbtCLI",
        taskRunner=NOBODY,
        containerImage="ghcr.io/kestra-io/dbt-duckdb:latest",
        inputFiles={name: "{% verbatim %}" + text + "{% endverbatim %}" for name, text in files.items()},
        profiles="shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb}\n",
        commands=["dbt build"],
    )
    results = json.loads(ctx.read_text(output["outputFiles"]["run_results.json"]))["results"]
    assert {result["unique_id"]: result["status"] for result in results} == {
        "seed.shop.orders": "success",
        "model.shop.totals": "success",
    }
    assert any("Finished running" in text for text in ctx.messages)
    assert {m.tags["node"] for m in ctx.metrics if m.name == "dbt.node"} == {
        "seed.shop.orders",
        "model.shop.totals",
    }
