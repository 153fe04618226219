"""The documents' routes and the refreshing flow, on a live service; the commands in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from api.wiring import Wiring

ROOT = Path(__file__).parents[2]
BASE = "/api/v1/main/docs"


@pytest.fixture
def team(wiring: Wiring, tmp_path: Path) -> Path:
    folder = tmp_path / "runbooks"
    folder.mkdir()
    (folder / "parcels.md").write_text("# Parcels\n\nStage the parcels before the merge.")
    wiring.ingest(sources=[folder], collection="team")
    return folder


def test_status_search_and_removal_of_a_collection(client: TestClient, team: Path) -> None:
    found = {one["name"]: one for one in client.get(f"{BASE}/status").json()["collections"]}
    assert (found["team"]["documents"], found["team"]["origins"]) == (1, {"folder:runbooks": 1})
    hits = client.get(f"{BASE}/search", params={"q": "parcels", "collection": "team"}).json()["results"]
    assert [hit["source"] for hit in hits] == ["runbooks/parcels.md"]
    absent = client.delete(f"{BASE}/collections/team", params={"origin": "nowhere"})
    assert absent.status_code == 404 and "folder:runbooks" in absent.text
    assert client.delete(f"{BASE}/collections/team").json() == {"removed": 1}
    assert client.delete(f"{BASE}/collections/team").status_code == 404


def test_search_is_measured_on_given_questions(client: TestClient, team: Path) -> None:
    questions = [
        {"question": "stage the parcels", "expect": ["parcels.md"]},
        {"question": "best pizza in town", "answerable": False},
    ]
    report = client.post(f"{BASE}/eval", json={"questions": questions}).json()
    assert report["overall"]["recall_at_5"] == 1.0
    assert report["abstention_recall"] == 1.0
    wrong = client.post(f"{BASE}/eval", json={"questions": [{"question": "x"}]})
    assert wrong.status_code == 422 and "questions[0]" in wrong.text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"sources": ["/etc"]}, "/etc"),
        ({"sources": "http://a.org"}, "list"),
        ({"collection": "a/b"}, "a/b"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(client: TestClient, body: object, reason: str) -> None:
    answer = client.post(f"{BASE}/ingest", json=body)
    assert answer.status_code == 422 and reason in answer.text


def test_a_private_address_is_named_and_left_out(client: TestClient) -> None:
    body = {"sources": ["http://127.0.0.1:9/page.html"], "collection": "private"}
    report = client.post(f"{BASE}/ingest", json=body).json()
    assert report["documents"] == 0
    assert "not a public address" in report["skipped"][0]["reason"]


def test_the_refreshing_flow_reads_the_documents_again(server: httpx.Client, wiring: Wiring) -> None:
    wiring.engine.save((ROOT / "flows" / "12_docs_refresh.yaml").read_text())
    inputs = {"service": str(server.base_url).rstrip("/")}
    execution = wiring.engine.start("zoomcamp", "12_docs_refresh", inputs=inputs)
    assert wiring.engine.wait(execution.id, timeout=60).state == "SUCCESS"
    found = {one["name"]: one for one in server.get(f"{BASE}/status").json()["collections"]}
    assert found["docs"]["documents"] > 100


def test_the_commands(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "parcels.md").write_text("# Parcels\n\nStage the parcels before the merge.")
    (tmp_path / "questions.jsonl").write_text('{"question": "stage parcels", "expect": ["parcels.md"]}\n')

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "FLOWSMITH_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
        environment["FLOWSMITH_EMBEDDER"] = "hashing"
        command = [sys.executable, "-m", "api.cli", "docs", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert json.loads(run("ingest", "--json", "--collection", "team", "pages").stdout)["added"] == 1
    assert "recall@5 1.000" in run("eval", "questions.jsonl").stdout
    assert "1 documents removed" in run("remove", "team").stdout
