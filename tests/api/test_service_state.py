"""What operators and careful clients ask: numbers for Prometheus, keys that start a flow only once."""

import re
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.api.conftest import post_flow, yaml_flow

SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"\})? [-+.0-9e]+')


def test_prometheus_reads_numbers(server: httpx.Client) -> None:
    post_flow(server, yaml_flow("counted"))
    server.post("/api/v1/main/executions/demo/counted?wait=true")
    answer = server.get("/prometheus")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in samples), samples
    numbers = dict(line.rsplit(" ", 1) for line in samples)
    assert float(numbers['flowsmith_executions{state="SUCCESS"}']) >= 1
    assert float(numbers['flowsmith_flows{disabled="false"}']) >= 1
    assert float(numbers["flowsmith_waiting_task_runs"]) >= 0
    assert float(numbers["flowsmith_followers"]) >= 0


def test_one_key_starts_one_execution(server: httpx.Client) -> None:
    for name in ("once", "twice"):
        post_flow(server, yaml_flow(name))

    def start(name: str, key: str) -> httpx.Response:
        return server.post(f"/api/v1/main/executions/demo/{name}", headers={"Idempotency-Key": key})

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: start("once", "a"), range(4)))
    started = {answer.json()["id"] for answer in answers if answer.status_code == 200}
    assert len(started) == 1
    assert all(answer.status_code in (200, 409) for answer in answers)
    assert start("once", "a").json()["id"] in started
    assert start("once", "b").json()["id"] not in started
    assert start("twice", "a").json()["id"] not in started
    total = server.get("/api/v1/main/executions/search?flowId=once").json()["total"]
    assert total == 2
    assert server.get("/api/v1/main/namespaces/demo/kv").json() == []


def test_mutating_queries_need_a_filter_that_is_understood(server: httpx.Client) -> None:
    flows = "/api/v1/main/flows"
    assert server.delete(f"{flows}/delete/by-query").status_code == 400
    assert server.delete(f"{flows}/delete/by-query?namespaces=demo").status_code == 400
    assert server.post(f"{flows}/disable/by-query?filters[what][EQUALS]=1").status_code == 400
    assert server.post(f"{flows}/empty", content=b"").status_code == 422


def test_groups_of_filters_are_refused_where_they_are_not_understood(server: httpx.Client) -> None:
    grouped = "filters[or][0][flowId][EQUALS]=a&filters[or][1][flowId][EQUALS]=b"
    assert server.get(f"/api/v1/main/executions/search?{grouped}").status_code == 200
    assert server.get(f"/api/v1/main/logs/search?{grouped}").status_code == 400


def test_what_is_not_there_is_an_empty_page_or_a_plain_404(server: httpx.Client) -> None:
    for path in ("dashboards", "blueprints/community/flow", "templates/search", "taskruns/search"):
        assert server.get(f"/api/v1/main/{path}").json() == {"results": [], "total": 0}
    for path in ("apps/anything", "audit-logs/search", "flows/x/y/z"):
        answer = server.get(f"/api/v1/main/{path}")
        assert answer.status_code == 404
        assert answer.json()["message"]
    assert server.put("/api/v1/main/namespaces/demo/secrets", json={}).status_code == 405
