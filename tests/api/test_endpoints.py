"""Every endpoint clients of Kestra use in normal work is there, and fixed words win over templates."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from starlette.exceptions import HTTPException

from api.app import create_app
from api.request_id import note_route
from api.wiring import Wiring

FLOWS = """
POST /flows
GET PUT DELETE /flows/{ns}/{id}
GET POST /flows/{ns}
GET /flows/search
GET /flows/source
GET /flows/distinct-namespaces
GET /flows/deprecated
GET DELETE /flows/{ns}/{id}/revisions
GET /flows/{ns}/{id}/tasks/{task}
GET /flows/{ns}/{id}/graph
POST /flows/graph
GET /flows/{ns}/{id}/dependencies
GET /namespaces/{ns}/dependencies
POST /flows/validate
POST /flows/validate/task
POST /flows/validate/trigger
POST /flows/bulk
POST /flows/import
POST /flows/export/by-ids
GET /flows/export/by-query
GET /flows/export/by-query/csv
POST /flows/disable/by-ids
POST /flows/enable/by-ids
POST /flows/disable/by-query
POST /flows/enable/by-query
DELETE /flows/delete/by-ids
DELETE /flows/delete/by-query
POST /flows/expressions
GET /concurrency-limit/search
PUT /concurrency-limit/{ns}/{id}
"""
EXECUTIONS = """
POST /executions/{ns}/{id}
POST /executions/trigger/{ns}/{id}
POST /executions/{ns}/{id}/validate
GET DELETE /executions/{x}
GET /executions
GET /executions/search
POST /executions/latest
GET /executions/{x}/graph
GET /executions/{x}/flow
GET /executions/flows/{ns}/{id}
GET /executions/namespaces
GET /executions/namespaces/{ns}/flows
GET /executions/namespaces/{ns}/flows/{id}/average-duration
GET /executions/distinct-field-values
GET /executions/export/by-query/csv
GET /executions/{x}/file
GET /executions/{x}/file/metas
GET /executions/{x}/file/preview
GET /executions/{x}/follow
GET /executions/{x}/follow-dependencies
DELETE /executions/by-ids
DELETE /executions/by-query
DELETE /executions/kill/by-ids
DELETE /executions/kill/by-query
GET POST PUT /executions/webhook/{ns}/{id}/{key}
GET POST PUT /executions/webhook/{ns}/{id}/{key}/{path}
"""
VERBS = [
    "restart",
    "replay",
    "replay-with-inputs",
    "pause",
    "resume",
    "resume/validate",
    "resume-from-breakpoint",
    "labels",
    "change-status",
    "state",
    "force-run",
    "unqueue",
    "eval",
]
MANY = ["restart", "pause", "resume", "force-run", "replay", "unqueue", "change-status", "labels"]
REST = """
GET /outputs/executions/{x}
GET /outputs/tasks/{x}
GET /outputs/tasks/{x}/{run}
GET DELETE /logs/{x}
GET /logs/{x}/download
GET /logs/{x}/follow
GET /logs/search
DELETE /logs/{ns}/{id}
GET /triggers/search
GET /triggers/{ns}/{id}
GET DELETE /triggers/{ns}/{id}/{trigger}
PUT /triggers
PUT /triggers/set-disabled
POST /triggers/set-disabled/by-triggers
POST /triggers/set-disabled/by-query
PUT /triggers/backfill/create
PUT /triggers/backfill/pause
PUT /triggers/backfill/unpause
POST /triggers/backfill/delete
POST /triggers/backfill/pause/by-triggers
POST /triggers/backfill/unpause/by-triggers
POST /triggers/backfill/delete/by-triggers
POST /triggers/backfill/pause/by-query
POST /triggers/backfill/unpause/by-query
POST /triggers/backfill/delete/by-query
POST /triggers/{ns}/{id}/{trigger}/unlock
POST /triggers/{ns}/{id}/{trigger}/restart
POST /triggers/unlock/by-triggers
POST /triggers/unlock/by-query
DELETE /triggers/delete/by-triggers
DELETE /triggers/delete/by-query
GET /triggers/export/by-query/csv
GET /kv
GET DELETE /namespaces/{ns}/kv
GET PUT DELETE /namespaces/{ns}/kv/{key}
GET /namespaces/{ns}/kv/inheritance
GET POST PUT DELETE /namespaces/{ns}/files
GET POST /namespaces/{ns}/files/directory
GET /namespaces/{ns}/files/stats
GET /namespaces/{ns}/files/search
GET /namespaces/{ns}/files/export
GET /namespaces/{ns}/files/revisions
GET /metrics/{x}
GET /metrics/names/{ns}/{id}
GET /metrics/names/{ns}/{id}/{task}
GET /metrics/tasks/{ns}/{id}
GET /metrics/aggregates/{ns}/{id}/{metric}
GET /metrics/aggregates/{ns}/{id}/{task}/{metric}
GET /namespaces/search
GET /namespaces/{ns}
POST /namespaces/autocomplete
GET /namespaces/{ns}/inherited-variables
GET /namespaces/{ns}/inherited-secrets
GET /secrets
GET /dashboards
GET /ai/providers
POST /ai/generate/flow
GET /usages/all
"""
GLOBAL = """
GET /configs
GET /configs/login
GET /basicAuthValidationErrors
GET /plugins
GET /plugins/schemas/{kind}
GET /plugins/groups/subgroups
GET /plugins/icons
GET /plugins/icons/groups
GET /plugins/icons/{cls}
GET /plugins/icons/{cls}/icon.svg
GET /plugins/inputs
GET /plugins/inputs/{type}
GET /plugins/properties/{kind}
GET /plugins/triggers
GET /plugins/{cls}
GET /plugins/{cls}/versions
GET /plugins/{cls}/versions/{v}
GET /pebble/filters
GET /pebble/functions
"""


def _lines(text: str, root: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\n"):
        *methods, path = line.split() or [""]
        for method in methods:
            yield method, root + path


def _endpoints() -> list[tuple[str, str]]:
    main = "/api/v1/main"
    found = [*_lines(FLOWS + EXECUTIONS + REST, main), *_lines(GLOBAL, "/api/v1")]
    for verb in VERBS:
        found += [
            ("POST", f"{main}/executions/{{x}}/actions/{verb}"),
            ("POST", f"{main}/executions/{{x}}/{verb}"),
        ]
    found += [
        ("DELETE", f"{main}/executions/{{x}}/actions/kill"),
        ("DELETE", f"{main}/executions/{{x}}/kill"),
    ]
    for verb in MANY:
        found += [("POST", f"{main}/executions/{verb}/by-{of}") for of in ("ids", "query")]
    return [*found, ("GET", "/health"), ("GET", "/prometheus"), ("GET", "/ping")]


@pytest.fixture(scope="module")
def probe(wiring: Wiring) -> Iterator[TestClient]:
    """An application that answers with the template of the route a request arrives at."""
    app = create_app(wiring)

    async def tell(request: Request) -> None:
        raise HTTPException(418, request.scope["route"].path)

    app.dependency_overrides[note_route] = tell
    with TestClient(app, base_url="http://127.0.0.1") as client:
        yield client


ENDPOINTS = _endpoints()


@pytest.mark.parametrize(("method", "path"), ENDPOINTS, ids=[f"{m} {p}" for m, p in ENDPOINTS])
def test_an_endpoint_is_there(probe: TestClient, method: str, path: str) -> None:
    asked = "/".join(part[1:-1] + "1" if part.startswith("{") else part for part in path.split("/"))
    answer = probe.request(method, asked)
    assert answer.status_code == 418, f"{method} {asked} has no route: {answer.text}"
    template = answer.json()["message"]
    if "{rest:path}" in template:
        return
    parts, wanted = template.strip("/").split("/"), path.strip("/").split("/")
    for ours, theirs in zip(reversed(parts), reversed(wanted), strict=False):
        if not theirs.startswith("{"):
            assert ours in (theirs, "{verb}"), f"{template} takes {asked}"


def test_the_list_would_notice_what_is_missing(probe: TestClient) -> None:
    assert probe.get("/api/v1/main/nothing/here").status_code == 404
    assert probe.patch("/api/v1/main/flows/search").status_code == 405
    assert probe.get("/api/v1/main/flows/search").json()["message"].endswith("/flows/search")


def test_metrics_and_revisions_and_expressions(client: TestClient) -> None:
    """What was missing once: old revisions are deleted, and the expressions a task may use are listed."""
    root = "/api/v1/main/flows"
    source = (
        "id: kept\nnamespace: demo\ninputs:\n  - {{id: day, type: DATE, required: false}}\n"
        "variables: {{limit: 3}}\ntasks:\n"
        "  - {{id: get, type: io.kestra.plugin.core.http.Request, uri: 'http://127.0.0.1'}}\n"
        "  - {{id: say, type: io.kestra.plugin.core.log.Log, message: {0}}}\n"
    )
    client.post(root, content=source.format("a")).raise_for_status()
    for text in "bc":
        client.put(f"{root}/demo/kept", content=source.format(text)).raise_for_status()
    listed = client.post(f"{root}/expressions?taskId=say", content=source.format("x")).json()
    expressions = {one["expression"] for one in listed}
    assert {"inputs.day", "vars.limit", "outputs.get.body", "flow.id", "taskrun.id"} <= expressions
    first = client.post(f"{root}/expressions?taskId=get", content=source.format("x")).json()
    assert not any(one["expression"].startswith("outputs.") for one in first)
    assert client.post(f"{root}/expressions?taskId=none", content=source.format("x")).status_code == 404
    path = f"{root}/demo/kept/revisions"
    assert client.delete(path).status_code == 422
    assert client.delete(f"{path}?revisions=3").status_code == 409
    assert client.delete(f"{path}?revisions=9").status_code == 404
    assert client.delete(f"{path}?revisions=1,2").status_code == 204
    assert [one["revision"] for one in client.get(path).json()] == [3]
