"""The command line as people run it: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.conftest import HELLO, yaml_flow

ROOT = Path(__file__).resolve().parents[2]


def flowsmith(folder: Path, *words: str, **options: str) -> subprocess.CompletedProcess[str]:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("FLOWSMITH_", "OPENAI_"))
    }
    environment |= {"PYTHONPATH": str(ROOT), "FLOWSMITH_EMBEDDER": "lexical", "COLUMNS": "120", **options}
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_help_teaches_and_imports_nothing_heavy(tmp_path: Path) -> None:
    answer = flowsmith(tmp_path, "--help")
    assert answer.returncode == 0
    for command in ("up", "draft", "run", "validate", "ask", "docs", "plugins", "demo"):
        assert command in answer.stdout
    assert "flowsmith run flows/hello.yaml" in flowsmith(tmp_path, "run", "--help").stdout
    heavy = "import api.cli, sys; print([m for m in ('fastapi','numpy','pydantic','uvicorn','yaml') if m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", heavy], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_run_follows_a_file_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "hello.yaml").write_text(HELLO)
    answer = flowsmith(tmp_path, "run", "hello.yaml", "-i", "name=Ada", "--label", "run:test")
    assert answer.returncode == 0, answer.stderr
    assert "Hello Ada" in answer.stdout
    assert "said = Ada!" in answer.stdout
    assert "SUCCESS" in answer.stdout
    again = json.loads(flowsmith(tmp_path, "run", "demo.hello", "--json").stdout)
    assert again["state"]["current"] == "SUCCESS"
    assert again["flowRevision"] == 1


def test_run_fails_when_the_flow_does(tmp_path: Path) -> None:
    flow = (
        yaml_flow("fails").replace("core.log.Log", "core.execution.Fail").replace("message", "errorMessage")
    )
    (tmp_path / "fails.yaml").write_text(flow)
    answer = flowsmith(tmp_path, "run", "fails.yaml")
    assert answer.returncode == 1
    assert "FAILED" in answer.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "none.yaml"), "File none.yaml does not exist"),
        (("run", "a.b"), "neither a YAML file nor a saved flow"),
        (("docs", "ingest", "./nowhere"), "nowhere"),
    ],
)
def test_mistakes_are_one_sentence(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    answer = flowsmith(tmp_path, *words)
    assert message in answer.stderr + answer.stdout
    assert "Traceback" not in answer.stderr


def test_an_unknown_setting_stops_every_command(tmp_path: Path) -> None:
    answer = flowsmith(tmp_path, "run", "x.yaml", FLOWSMITH_PROT="1")
    assert answer.returncode == 1
    assert "FLOWSMITH_PORT?" in answer.stderr


def test_validate_names_file_line_and_fix(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "good.yaml").write_text(HELLO)
    assert flowsmith(tmp_path, "validate", "flows").returncode == 0
    (tmp_path / "flows" / "two.yaml").write_text(
        f"{yaml_flow('a')}---\n{yaml_flow('b').replace('message', 'mesage')}"
    )
    answer = flowsmith(tmp_path, "validate", "flows")
    assert answer.returncode == 1
    assert "flows/two.yaml:13" in answer.stdout
    assert "2 of 3 flows are valid" in answer.stdout
    reports = json.loads(flowsmith(tmp_path, "validate", "flows", "--json").stdout)
    assert [report["valid"] for report in reports] == [True, True, False]
    assert flowsmith(tmp_path, "validate", "missing.yaml").returncode == 1


def test_a_draft_goes_to_standard_output_and_can_be_saved(tmp_path: Path) -> None:
    answer = flowsmith(tmp_path, "draft", "log hello", "--namespace", "demo", "--save")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("id: ")
    assert "planned by rules" in answer.stderr
    assert "revision 1" in answer.stderr
    whole = json.loads(flowsmith(tmp_path, "draft", "log hello", "--json").stdout)
    assert whole["draft"]["valid"] is True


def test_plugins_are_listed_and_shown(tmp_path: Path) -> None:
    assert "io.kestra.plugin.core.log.Log" in flowsmith(tmp_path, "plugins", "list", "log").stdout
    assert "message" in flowsmith(tmp_path, "plugins", "show", "log.Log").stdout
    unknown = flowsmith(tmp_path, "plugins", "show", "io.kestra.plugin.core.log.Lo")
    assert unknown.returncode == 1
    assert "did you mean" in unknown.stderr


def test_the_demo_goes_all_the_way(tmp_path: Path) -> None:
    answer = flowsmith(tmp_path, "demo", "--json")
    assert answer.returncode == 0, answer.stderr + answer.stdout
    whole = json.loads(answer.stdout)
    assert whole["problems"] == []
    assert {row["country"] for row in whole["rows"]} == {"DE", "FR", "IT", "ES"}
    assert {run["state"]["current"] for run in whole["execution"]["taskRunList"]} == {"SUCCESS"}
    assert whole["logs"]


def test_a_port_in_use_says_what_to_do(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = flowsmith(tmp_path, "up", "--port", str(port), "--no-ingest")
    assert answer.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use" in answer.stderr
    assert f"--port {port + 1}" in answer.stderr
    refused = flowsmith(tmp_path, "up", "--host", "0.0.0.0", "--port", "0")
    assert refused.returncode == 1
    assert "FLOWSMITH_USERNAME" in refused.stderr
