"""The sandbox: started as a process, used by a flow, stopped."""

import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from engine.model.state import State

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.xdist_group("sandbox")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    """Return what the running sandbox printed, and the file of its variables."""
    env_file = tmp_path_factory.mktemp("sandbox") / "sandbox.env"
    command = [
        sys.executable,
        "-m",
        "api.cli",
        "sandbox",
        "--postgres-port",
        "0",
        "--env-file",
        str(env_file),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            break
    yield "".join(said), env_file
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.fixture
def engine(tmp_path, sandbox, monkeypatch):
    variables = {}
    for line in sandbox[1].read_text().splitlines():
        (assignment,) = shlex.split(line.removeprefix("export "))
        name, _, value = assignment.partition("=")
        variables[name] = value
    for name, value in variables.items():
        if name.endswith("_HOST"):
            monkeypatch.setenv(name, value)
    options = EngineOptions(home=tmp_path / "home", environment=variables, in_memory=True, schedule=False)
    with Engine.open(options) as opened:
        yield opened


def ended(engine, source, **inputs):
    row = engine.save(source)
    execution = engine.wait(engine.start(row.namespace, row.id, inputs=inputs).id, 60)
    assert execution.state is State.SUCCESS, [entry.message for entry in engine.logs(execution.id)]
    return execution


def test_postgres_answers_a_flow(engine, sandbox):
    values = dict(re.findall(r"^(database_\w+)=(.*)$", sandbox[0], re.MULTILINE))
    flow = """
id: try
namespace: zoomcamp
inputs:
  - {id: database_url, type: STRING}
  - {id: database_user, type: STRING}
  - {id: database_password, type: STRING}
tasks:
  - id: ask
    type: io.kestra.plugin.jdbc.postgresql.Query
    url: "{{ inputs.database_url }}"
    username: "{{ inputs.database_user }}"
    password: "{{ inputs.database_password }}"
    sql: SELECT current_database() AS name
    fetchType: FETCH_ONE
outputs:
  - {id: name, type: STRING, value: "{{ outputs.ask.row.name }}"}
"""
    assert ended(engine, flow, **values).outputs == {"name": "ny_taxi"}


def test_the_google_flows_run(engine):
    flows = ROOT / "flows"
    ended(engine, (flows / "06_gcp_kv.yaml").read_text(), project_id="test-project", bucket="sandbox-files")
    execution = ended(engine, (flows / "07_gcp_setup.yaml").read_text())
    assert {run.task_id for run in execution.task_runs} == {"bucket", "dataset"}


def test_the_printed_entries_name_what_the_flows_read(sandbox):
    keys = set(re.findall(r"/kv/(\w+)", sandbox[0]))
    wanted = set()
    for flow in (ROOT / "flows").glob("0*_gcp_*.yaml"):
        wanted |= set(re.findall(r"kv\('(\w+)'\)", flow.read_text()))
    assert keys == wanted


def test_without_a_checkout_it_says_what_to_do():
    code = (
        "import api.cli.sandbox as s; from pathlib import Path; s.__file__ = str(Path('/nowhere/a/b/c.py'))\n"
        "s.sandbox()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "needs a checkout of the project" in done.stderr
