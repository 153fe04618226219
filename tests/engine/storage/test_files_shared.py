"""A server and two workers, each a process of its own, share PostgreSQL and files in an S3 bucket."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chaos.fleet import KEY, ROOT, Process
from tests.emulators.aws import KEYS, REGION, Aws, aws_server
from tests.postgres import Database

__all__ = ["aws_server"]

BUCKET = "shared"
API = "/api/v1/main"
READER = """\
id: reader
namespace: demo
workerGroup: {key: two}
inputs:
  - {id: file, type: FILE}
tasks:
  - id: text
    type: io.kestra.plugin.core.debug.Return
    format: "{{ read(inputs.file) }}, read by two with {{ read('daily.sql') }}"
outputs:
  - {id: text, type: STRING, value: "{{ outputs.text.value }}"}
"""
WRITER = """\
id: writer
namespace: demo
workerGroup: {key: one}
inputs:
  - {id: sheet, type: FILE}
tasks:
  - id: make
    type: io.kestra.plugin.core.storage.Write
    content: "{{ read(inputs.sheet) }} written by one"
    extension: csv
  - id: lines
    type: io.kestra.plugin.core.storage.Concat
    files: ["{{ inputs.sheet }}", "{{ outputs.make.uri }}"]
  - id: call
    type: io.kestra.plugin.core.flow.Subflow
    namespace: demo
    flowId: reader
    inputs: {file: "{{ outputs.make.uri }}"}
outputs:
  - {id: file, type: FILE, value: "{{ outputs.lines.uri }}"}
  - {id: text, type: STRING, value: "{{ outputs.call.outputs.text }}"}
"""
SHEET = b"zone,trips\nA,1\nB,2\n"


@pytest.fixture
def aws(aws_server: Aws) -> Aws:
    """A server with the bucket."""
    pytest.importorskip("s3fs")
    aws_server.reset()
    aws_server.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    return aws_server


@pytest.fixture
def client(postgres: Database, aws: Aws, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of the server; two workers take from a queue of their own each."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FLOWSMITH_")},
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
        "FLOWSMITH_DATABASE_URL": postgres.url,
        "FLOWSMITH_STORAGE_URL": f"s3://{BUCKET}/flowsmith",
        "FLOWSMITH_ENCRYPTION_KEY": KEY,
        "FLOWSMITH_EMBEDDER": "lexical",
        "FLOWSMITH_STOP_SECONDS": "1",
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": KEYS["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": KEYS["secretKeyId"],
    }
    roles = [
        ("server", "--port", "0", "--no-ingest"),
        ("worker", "--queue", "one", "--threads", "2"),
        ("worker", "--queue", "two", "--threads", "2"),
    ]
    processes: list[Process] = []
    try:
        for number, (role, *arguments) in enumerate(roles):
            home = {"FLOWSMITH_HOME": str(tmp_path / f"{role}-{number}")}
            processes.append(Process(role, {**environment, **home}, *arguments))
        for process in processes:
            process.wait_ready()
        url = f"http://127.0.0.1:{processes[0].port}"
        with httpx.Client(base_url=url, timeout=120) as client:
            yield client
    finally:
        for process in processes:
            process.close()


def keys(aws: Aws) -> list[str]:
    """Return the keys in the bucket."""
    found = aws.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return sorted(one["Key"].removeprefix("flowsmith/") for one in found)


def test_what_a_task_writes_on_one_worker_is_read_on_the_other_and_at_the_server(
    client: httpx.Client, aws: Aws
) -> None:
    for source in (READER, WRITER):
        saved = client.post(f"{API}/flows", content=source, headers={"Content-Type": "application/x-yaml"})
        assert saved.status_code == 200, saved.text
    namespace_files = f"{API}/namespaces/demo/files"
    client.post(
        namespace_files, params={"path": "/daily.sql"}, files={"fileContent": ("x", b"select 1")}
    ).raise_for_status()

    ended = run(client, SHEET)

    assert ended["state"]["current"] == "SUCCESS", ended
    assert ended["outputs"]["text"] == f"{SHEET.decode()} written by one, read by two with select 1"
    one = f"{API}/executions/{ended['id']}"
    made = ended["outputs"]["file"]
    whole = SHEET + SHEET + b" written by one"
    assert client.get(f"{one}/file", params={"path": made}).content == whole
    assert client.get(f"{one}/file/metas", params={"path": made}).json()["size"] == len(whole)
    csv = next(run["outputs"]["uri"] for run in ended["taskRunList"] if run["taskId"] == "make")
    shown = client.get(f"{one}/file/preview", params={"path": csv}).json()
    assert shown["content"][0] == {"zone": "A", "trips": "1"}

    listed = client.get(f"{namespace_files}/directory").json()
    assert [(entry["fileName"], entry["size"]) for entry in listed] == [("daily.sql", 8)]
    assert client.get(namespace_files, params={"path": "daily.sql"}).content == b"select 1"

    mine = [key for key in keys(aws) if ended["id"] in key]
    assert len(mine) == 3
    assert client.delete(one).status_code == 204
    assert [key for key in keys(aws) if ended["id"] in key] == []
    assert "demo/_files/daily.sql" in keys(aws)
    assert [key for key in keys(aws) if "probe" in key] == []


def run(client: httpx.Client, sheet: bytes) -> dict[str, Any]:
    """Start the writer with a file and wait for its end."""
    answer = client.post(
        f"{API}/executions/demo/writer", params={"wait": "true"}, files={"sheet": ("trips.csv", sheet)}
    )
    assert answer.status_code == 200, answer.text
    ended: dict[str, Any] = answer.json()
    return ended
