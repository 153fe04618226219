"""The end of the service: told to stop it finishes what runs; killed it loses nothing it acknowledged."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import post_flow, yaml_flow
from tests.api.waiting import until

ROOT = "/api/v1/main"


class Service:
    """The service in a process of its own, on a free port."""

    def __init__(self, home: Path, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {
            **os.environ,
            "FLOWSMITH_HOME": str(home / "data"),
            "FLOWSMITH_PORT": str(self.port),
            "FLOWSMITH_EMBEDDER": "lexical",
            **settings,
        }
        home.mkdir(exist_ok=True)
        self.errors = home / "errors"
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api.cli", "up", "--no-ingest"],
                env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
                cwd=home,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)
        until(self._answers, 60)

    def _answers(self) -> bool | None:
        assert self.process.poll() is None, self.errors.read_text()
        try:
            return self.client.get("/ping").status_code == 200 or None
        except httpx.TransportError:
            return None

    def end(self) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    running: list[Service] = []

    def begin(**settings: str) -> Service:
        running.append(Service(tmp_path / "home", **settings))
        return running[-1]

    yield begin
    for service in running:
        service.end()


def held_flow(flow_id: str, gate: Path) -> str:
    """Return a flow whose first task runs until a file appears."""
    return (
        f"id: {flow_id}\nnamespace: demo\ntasks:\n"
        "  - id: hold\n    type: io.kestra.plugin.scripts.shell.Commands\n"
        "    taskRunner: {type: io.kestra.plugin.core.runner.Process}\n"
        f"    commands: ['while [ ! -e {gate} ]; do sleep 0.05; done']\n"
        "  - {id: then, type: io.kestra.plugin.core.log.Log, message: after}\n"
    )


def test_told_to_stop_it_lets_tasks_finish_and_streams_end(
    start: Callable[..., Service], tmp_path: Path
) -> None:
    """SIGTERM: streams end as streams do, waiting requests are answered, a running task ends and counts; what
    comes after it runs at the next start."""
    gate = tmp_path / "gate"
    service = start(FLOWSMITH_LOG_FORMAT="json", FLOWSMITH_LOG_LEVEL="info")
    assert post_flow(service.client, held_flow("held", gate)).status_code == 200
    made = service.client.post(f"{ROOT}/executions/demo/held").json()
    path = f"{ROOT}/executions/{made['id']}"

    def runs() -> bool | None:
        found = service.client.get(path).json()["taskRunList"]
        return bool(found and found[0]["state"]["current"] == "RUNNING") or None

    until(runs)
    lines: list[str] = []
    following, waiting = threading.Event(), threading.Event()

    def follow() -> None:
        address = f"http://127.0.0.1:{service.port}{path}/follow"
        with httpx.stream("GET", address, timeout=60) as answer:
            for line in answer.iter_lines():
                lines.append(line)
                if line.startswith("id: progress"):
                    following.set()

    def wait() -> httpx.Response:
        with httpx.Client(base_url=service.client.base_url, timeout=60) as client:
            waiting.set()
            return client.post(f"{ROOT}/executions/demo/held?wait=true")

    with ThreadPoolExecutor(2) as pool:
        followed, waited = pool.submit(follow), pool.submit(wait)
        following.wait(30)
        waiting.wait(30)
        until(
            lambda: service.client.get(f"{ROOT}/executions/search?flowId=held").json()["total"] == 2 or None
        )
        service.process.send_signal(signal.SIGTERM)
        followed.result(30)  # raises when the stream was cut off instead of ended
        assert waited.result(30).json()["state"]["current"] in ("CREATED", "RUNNING")
        assert any("stopping" in line for line in lines)
        gate.touch()
        assert service.process.wait(30) == 0
    again = start()
    one = until(lambda: ((e := again.client.get(path).json())["state"].get("endDate") and e) or None)
    assert one["state"]["current"] == "SUCCESS"
    hold = one["taskRunList"][0]
    assert len(hold["attempts"]) == 1, "the task was not run twice"
    for line in service.errors.read_text().splitlines():
        if line.startswith("{"):
            assert json.loads(line)["level"] in ("INFO", "WARNING"), line


def test_killed_while_it_takes_executions_it_loses_none_it_acknowledged(
    start: Callable[..., Service],
) -> None:
    """SIGKILL in the middle of requests from many connections: every id that was answered is there and ends."""
    service = start()
    assert post_flow(service.client, yaml_flow("counted")).status_code == 200
    acknowledged: list[str] = []
    lock = threading.Lock()

    def ask() -> None:
        with httpx.Client(base_url=service.client.base_url, timeout=30) as client:
            while True:
                try:
                    answer = client.post(f"{ROOT}/executions/demo/counted")
                    made = answer.json()["id"]
                except (httpx.TransportError, ValueError):
                    return
                with lock:
                    acknowledged.append(made)

    with ThreadPoolExecutor(16) as pool:
        asking = [pool.submit(ask) for _ in range(16)]
        until(lambda: len(acknowledged) >= 200 or None)
        service.process.kill()
        for one in asking:
            one.result(60)
    again = start()

    def all_ended() -> bool | None:
        page = again.client.get(f"{ROOT}/executions/search?flowId=counted&size=1000&state=SUCCESS").json()
        return set(acknowledged) <= {row["id"] for row in page["results"]} or None

    assert until(all_ended, 60)
