"""Behaviour under load: limits, slow followers, ids of requests, the log, keys of requests."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi.testclient import TestClient

from api.app import create_app
from api.followers import BUFFER, Followers
from api.service_log import JsonLines, WithRequestId
from api.settings import read_settings
from api.wiring import Wiring
from engine.feed import Feed
from engine.model.log import Level, LogEntry
from engine.model.moment import now
from tests.api.conftest import SLOW, post_flow, yaml_flow
from tests.api.waiting import until

ROOT = "/api/v1/main"


# -- limits


@contextmanager
def limited(wiring: Wiring, **limits: int) -> Iterator[TestClient]:
    settings = wiring.settings.model_copy(update=limits)
    with TestClient(create_app(Wiring(settings, wiring.engine)), base_url="http://127.0.0.1") as client:
        yield client


def test_so_many_requests_are_answered_at_once(server: httpx.Client, wiring: Wiring) -> None:
    """The next one is refused with 429; those that only wait do not count; health is always answered."""
    post_flow(server, SLOW)
    with limited(wiring, max_requests=1) as client:
        began, gate = threading.Event(), threading.Event()
        hold = lambda: began.set() or (gate.wait(30) and "ok")  # noqa: E731
        client.app.router.add_api_route("/held", hold)  # type: ignore[attr-defined]
        with ThreadPoolExecutor(1) as pool:
            held = pool.submit(client.get, "/held")
            try:
                assert began.wait(30)
                answer = until(
                    lambda: ((a := client.get(f"{ROOT}/flows/search")).status_code == 429 and a) or None
                )
                assert int(answer.headers["retry-after"]) >= 1
                assert answer.headers["x-request-id"]
                assert "FLOWSMITH_MAX_REQUESTS" in answer.json()["message"]
                assert client.get("/health").status_code == 200
            finally:
                gate.set()
            assert held.result().status_code == 200
        assert client.get(f"{ROOT}/flows/search").status_code == 200


def test_executions_are_refused_while_too_many_task_runs_wait(server: httpx.Client, wiring: Wiring) -> None:
    """The limit counts what waits for a worker: all workers are held by tasks that wait for a file."""
    gate = wiring.settings.home / "gate"
    flow = (
        "id: busy\nnamespace: demo\ntasks:\n  - id: many\n    type: io.kestra.plugin.core.flow.ForEach\n"
        '    values: "{{ range(0, 199) }}"\n    concurrencyLimit: 0\n    tasks:\n      - id: hold\n'
        "        type: io.kestra.plugin.scripts.shell.Commands\n"
        "        taskRunner: {type: io.kestra.plugin.core.runner.Process}\n"
        f"        commands: ['while [ ! -e {gate} ]; do sleep 0.05; done']\n"
    )
    assert post_flow(server, flow).status_code == 200
    made = server.post(f"{ROOT}/executions/demo/busy").json()
    try:
        until(lambda: wiring.engine.executor.waiting > 100 or None)
        with limited(wiring, max_waiting=100) as client:
            answer = client.post(f"{ROOT}/executions/demo/busy")
            assert answer.status_code == 429
            assert int(answer.headers["retry-after"]) >= 1
            assert "FLOWSMITH_MAX_WAITING" in answer.json()["message"]
            assert client.get(f"{ROOT}/executions/{made['id']}").status_code == 200
    finally:
        server.delete(f"{ROOT}/executions/{made['id']}/actions/kill")
        gate.touch()
    until(lambda: wiring.engine.is_over(made["id"]) or None)


def test_waiting_for_an_execution_costs_no_thread(server: httpx.Client, wiring: Wiring) -> None:
    """A hundred requests wait, with forty threads for the synchronous work; others are answered at once."""
    post_flow(server, SLOW)
    ids: list[str] = []
    before = threading.active_count()

    async def wait_together() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=server.base_url, timeout=60, limits=limits) as client:
            path = f"{ROOT}/executions/demo/slow?wait=true"
            waiting = [asyncio.create_task(client.post(path)) for _ in range(100)]
            while len(ids) < 100:
                rows = (
                    await client.get(f"{ROOT}/executions/search?flowId=slow&state=RUNNING&size=200")
                ).json()
                ids[:] = [row["id"] for row in rows["results"]]
            assert threading.active_count() - before < 100
            assert (await client.get(f"{ROOT}/flows/search")).status_code == 200
            (await client.request("DELETE", f"{ROOT}/executions/kill/by-ids", json=ids)).raise_for_status()
            return await asyncio.gather(*waiting)

    answers = asyncio.run(wait_together())
    assert {answer.json()["state"]["current"] for answer in answers} == {"KILLED"}


def test_followers_are_counted(server: httpx.Client, wiring: Wiring) -> None:
    post_flow(server, SLOW)
    made = server.post(f"{ROOT}/executions/demo/slow").json()
    with limited(wiring, max_followers=1) as client:
        followers = client.app.state.wiring.followers  # type: ignore[attr-defined]

        async def full() -> int:
            with followers.follow(made["id"]):
                return len(followers)

        assert asyncio.run(full()) == 1
        followers._now.add(object())
        answer = client.get(f"{ROOT}/executions/{made['id']}/follow")
        assert answer.status_code == 429
        assert "FLOWSMITH_MAX_FOLLOWERS" in answer.json()["message"]
    server.delete(f"{ROOT}/executions/{made['id']}/actions/kill")


@dataclass
class Fed:
    """As much of an engine as followers look at."""

    feed: Feed


def test_a_slow_follower_holds_little_memory_and_reads_the_stored_state() -> None:
    feed = Feed()

    async def follow() -> tuple[int, list[object], list[object]]:
        followers = Followers(Fed(feed))  # type: ignore[arg-type]
        with followers.follow("e") as follower:
            for number in range(10 * BUFFER):
                feed.publish(entry(number))
            kept = len(follower._events)
            lost = await follower.take()
            feed.publish(entry(1))
            return kept, list(lost), list(await follower.take())

    def entry(number: int) -> LogEntry:
        return LogEntry(
            execution_id="e",
            namespace="n",
            flow_id="f",
            level=Level.INFO,
            timestamp=now(),
            message=str(number),
        )

    kept, lost, after = asyncio.run(follow())
    assert kept <= BUFFER
    assert lost == []
    assert len(after) == 1


# -- ids of requests, and the log


def test_a_request_has_an_id_in_the_answer_and_in_the_log(client: TestClient) -> None:
    stream = io.StringIO()
    seen = logging.StreamHandler(stream)
    seen.setFormatter(JsonLines())
    seen.addFilter(WithRequestId())
    access = logging.getLogger("api.access")
    access.addHandler(seen)
    access.setLevel(logging.INFO)
    try:
        answer = client.get(f"{ROOT}/flows/search", headers={"X-Request-Id": "trace-1"})
        assert answer.headers["x-request-id"] == "trace-1"
        made = client.get("/ping", headers={"X-Request-Id": "not an id\t"}).headers["x-request-id"]
        assert made != "not an id"
        assert len(made) == 22
        client.get(f"{ROOT}/executions/webhook/demo/hello/a-secret-key")
    finally:
        access.removeHandler(seen)
        access.setLevel(logging.NOTSET)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    first = lines[0]
    assert (first["requestId"], first["method"], first["status"]) == ("trace-1", "GET", 200)
    assert first["route"].endswith("/flows/search")
    assert first["ms"] >= 0
    assert "a-secret-key" not in stream.getvalue()


def test_limits_are_settings(tmp_path: Path) -> None:
    given = {"FLOWSMITH_MAX_REQUESTS": "5", "FLOWSMITH_LOG_FORMAT": "json", "FLOWSMITH_STOP_SECONDS": "2.5"}
    settings = read_settings(given, tmp_path)
    assert (settings.max_requests, settings.log_format, settings.stop_seconds) == (5, "json", 2.5)


def test_expired_keys_of_requests_are_swept(wiring: Wiring, server: httpx.Client) -> None:
    from api.once import KEPT, NAMESPACE, sweep

    post_flow(server, yaml_flow("swept"))
    server.post(f"{ROOT}/executions/demo/swept", headers={"Idempotency-Key": "k"}).raise_for_status()
    kv = wiring.engine.store.kv
    assert sweep(kv, now()) == 0
    kept = len(list(kv.items(NAMESPACE)))
    assert kept >= 1
    assert sweep(kv, now() + 2 * KEPT) == kept
    assert list(kv.items(NAMESPACE)) == []
