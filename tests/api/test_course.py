"""The shell commands of a data-engineering course, as people paste them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

FLOW = """\
id: course
namespace: zoomcamp
inputs:
  - id: taxi
    type: SELECT
    values: [yellow, green]
    defaults: green
  - id: file
    type: FILE
    required: false
tasks:
  - id: say
    type: io.kestra.plugin.core.debug.Return
    format: "{{ inputs.taxi }}{{ inputs.file is defined ? read(inputs.file) : '' }}"
outputs:
  - id: said
    type: STRING
    value: "{{ outputs.say.value }}"
"""


@pytest.fixture
def shell(server: httpx.Client, tmp_path: Path) -> object:
    (tmp_path / "flow.yaml").write_text(FLOW)
    (tmp_path / "data.csv").write_text("a,b")
    base = str(server.base_url).rstrip("/")

    def run(command: str) -> str:
        line = command.replace("http://localhost:8080", base)
        done = subprocess.run(["sh", "-ec", line], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_a_flow_is_imported_run_and_looked_at(shell, server: httpx.Client) -> None:
    login = "-u 'admin@kestra.io:Admin1234!'"
    root = "http://localhost:8080/api/v1"
    assert shell(f"curl -sf -X POST {login} {root}/flows/import -F fileUpload=@flow.yaml") == "[]"
    assert '"id":"course"' in shell(f"curl -sf {login} {root}/main/flows/zoomcamp/course")
    started = shell(f"curl -sf -X POST {login} {root}/executions/zoomcamp/course -F taxi=yellow")
    assert '"current":"CREATED"' in started
    ended = shell(
        f"curl -sf -X POST {login} '{root}/executions/zoomcamp/course?wait=true' -F taxi=green -F file=@data.csv"
    )
    assert '"said":"greena,b"' in ended
    older = shell(
        f"curl -sf -X POST {login} '{root}/executions/trigger/zoomcamp/course?wait=true' -F 'files=@data.csv;filename=file'"
    )
    assert '"said":"greena,b"' in older
    bare = shell(f"curl -sf -X POST {login} '{root}/main/executions/zoomcamp/course?wait=true'")
    assert '"said":"green"' in bare


def test_key_values_and_whole_flows(shell) -> None:
    root = "http://localhost:8080/api/v1/main"
    header = '-H "Content-Type: application/json"'
    shell(f"curl -sf -X PUT {header} {root}/namespaces/zoomcamp/kv/GCP_PROJECT_ID -d '\"my-project\"'")
    assert '"my-project"' in shell(f"curl -sf {root}/namespaces/zoomcamp/kv/GCP_PROJECT_ID")
    yaml = '-H "Content-Type:application/x-yaml" --data-binary @flow.yml'
    shell("sed 's/id: course/id: posted/' flow.yaml > flow.yml")
    assert '"revision":1' in shell(f"curl -sf -X POST {yaml} {root}/flows")
    status = shell(f"curl -s -o /dev/null -w '%{{http_code}}' -X POST {yaml} {root}/flows")
    assert status in ("409", "422")


def test_a_refused_input_says_which(shell) -> None:
    shell("curl -sf -X POST http://localhost:8080/api/v1/flows/import -F fileUpload=@flow.yaml")
    answer = shell("curl -s -X POST http://localhost:8080/api/v1/executions/zoomcamp/course -F taxi=red")
    assert "taxi" in answer
    assert '"status":422' in answer
