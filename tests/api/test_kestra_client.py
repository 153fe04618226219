"""The published Python client drives the service unchanged."""

from __future__ import annotations

import httpx
import pytest
from kestra import Flow

from tests.api.conftest import HELLO, post_flow


@pytest.fixture
def flow(server: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> Flow:
    for name in ("KESTRA_USER", "KESTRA_API_TOKEN", "KESTRA_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KESTRA_HOSTNAME", str(server.base_url).rstrip("/"))
    post_flow(server, HELLO)
    return Flow(poll_interval=0, labels_from_inputs=True)


def test_a_flow_is_started_waited_for_and_its_log_read(flow: Flow, server: httpx.Client) -> None:
    result = flow.execute("demo", "hello", {"name": "Client"})
    assert result.status == "SUCCESS"
    assert "Hello Client" in str(result.log)
    found = server.get("/api/v1/main/executions/search?labels=name:Client").json()
    assert [one["id"] for one in found["results"]] == [result.execution_id]


def test_starting_without_waiting(flow: Flow, server: httpx.Client) -> None:
    flow.wait_for_completion = False
    result = flow.execute("demo", "hello")
    assert result.status == "STARTED"
    assert server.get(f"/api/v1/main/executions/{result.execution_id}").status_code == 200
