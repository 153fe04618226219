"""Executions counted by day."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

FLOW = """\
id: {id}
namespace: stats.{namespace}
tasks:
  - id: one
    type: io.kestra.plugin.core.{type}
"""
DAILY = "/api/v1/main/stats/executions/daily"


@pytest.fixture(scope="module", autouse=True)
def executions(client: TestClient) -> None:
    good = FLOW.format(id="good", namespace="a", type="log.Log") + "    message: hi\n"
    bad = FLOW.format(id="bad", namespace="b", type="execution.Fail")
    for text in (good, bad):
        headers = {"Content-Type": "application/x-yaml"}
        assert client.post("/api/v1/main/flows", content=text, headers=headers).status_code == 200
    for flow in ("a/good", "a/good", "b/bad"):
        client.post(f"/api/v1/main/executions/stats.{flow}", params={"wait": "true"})


@pytest.mark.parametrize(
    ("body", "counts"),
    [
        ({"namespace": "stats"}, {"SUCCESS": 2, "FAILED": 1}),
        ({"namespace": "stats.a"}, {"SUCCESS": 2}),
        ({"flowId": "bad"}, {"FAILED": 1}),
        ({"namespace": "elsewhere"}, {}),
    ],
)
def test_executions_are_counted_by_state(
    client: TestClient, body: dict[str, str], counts: dict[str, int]
) -> None:
    days = client.post(DAILY, json=body).json()
    assert [day["startDate"] for day in days] == sorted(day["startDate"] for day in days)
    assert len(days) == 31
    assert days[-1]["executionCounts"] == counts
    assert days[-1]["duration"]["count"] == sum(counts.values())
    assert days[-1]["duration"]["min"] <= days[-1]["duration"]["avg"] <= days[-1]["duration"]["max"]
    assert all(day["executionCounts"] == {} for day in days[:-2])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"timeZone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"startDate": "2020-01-01T00:00:00Z"}, "1 to 400"),
        ({"startDate": "2026-01-02T00:00:00Z", "endDate": "2026-01-01T00:00:00Z"}, "1 to 400"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(client: TestClient, body: dict[str, str], says: str) -> None:
    answer = client.post(DAILY, json=body)
    assert answer.status_code == 422
    assert says in answer.json()["message"]


def test_a_list_can_do_without_task_runs(client: TestClient) -> None:
    query = {"namespace": "stats", "size": 1}
    whole = client.get("/api/v1/main/executions/search", params=query).json()
    light = client.get("/api/v1/main/executions/search", params={**query, "taskRuns": "false"}).json()
    assert whole["results"][0]["taskRunList"]
    assert not light["results"][0]["taskRunList"]
    assert light["results"][0]["id"] == whole["results"][0]["id"]
    assert light["total"] == whole["total"]
