"""Secrets in no answer, no log, no description: every address of the service is asked."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator

import httpx
import pytest

from api.security.rules import RULES
from api.wiring import Wiring
from tests.api.conftest import post_flow
from tests.api.security.conftest import OPERATOR, as_user, open_wiring, served

MAIN = "/api/v1/main"
GIVEN = "given-as-input-4711"
KEPT = "kept-in-environment-4712"
MODEL_KEY = "sk-model-key-4713-abcdefghijkl"
KEY = base64.b64encode(b"encryption-key-of-32-bytes-4714!").decode()

SECRETIVE = """\
id: secretive
namespace: demo
inputs:
  - id: word
    type: SECRET
  - id: token
    type: SECRET
    defaults: "{{ secret('KEPT') }}"
variables:
  derived: "{{ inputs.word }}"
tasks:
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: "{{ inputs.word }} {{ secret('KEPT') }} {{ inputs.word }}"
  - id: run
    type: io.kestra.plugin.core.debug.Return
    format: "{{ inputs.word is defined }}"
  - id: fail
    type: io.kestra.plugin.core.execution.Fail
    errorMessage: "no luck with {{ inputs.word }} and {{ secret('KEPT') }}"
"""


@pytest.fixture(scope="module")
def secretive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    with open_wiring(
        tmp_path_factory.mktemp("home"),
        SECRET_KEPT=base64.b64encode(KEPT.encode()).decode(),
        FLOWSMITH_LLM_API_KEY=MODEL_KEY,
        FLOWSMITH_LLM_BASE_URL="http://127.0.0.1:9/v1",
        FLOWSMITH_LLM_MODEL="none",
        FLOWSMITH_ENCRYPTION_KEY=KEY,
    ) as wiring:
        yield wiring


@pytest.fixture(scope="module")
def client(secretive: Wiring) -> Iterator[httpx.Client]:
    with served(secretive) as url, as_user(url, OPERATOR) as client:
        yield client


@pytest.fixture(scope="module")
def execution(client: httpx.Client) -> dict[str, str]:
    """A failed execution with SECRET inputs, and the names that addresses ask for."""
    assert post_flow(client, SECRETIVE).status_code == 200
    ended = client.post(
        f"{MAIN}/executions/demo/secretive?wait=true", files={"word": (None, GIVEN)}, timeout=60
    ).json()
    assert ended["state"]["current"] == "FAILED"
    run = next(one for one in ended["taskRunList"] if one["taskId"] == "run")
    return {
        "execution_id": ended["id"],
        "task_run_id": run["id"],
        "namespace": "demo",
        "flow_id": "secretive",
        "task_id": "say",
    }


HIDDEN = {"input": GIVEN, "environment": KEPT, "model key": MODEL_KEY, "password": OPERATOR[1], "key": KEY}


def shown(text: str) -> list[str]:
    """Return which secrets are in a text, also in base64 and from behind."""
    forms = {
        name: (value, value[::-1], base64.b64encode(value.encode()).decode().rstrip("="))
        for name, value in HIDDEN.items()
    }
    return [name for name, spellings in forms.items() if any(form in text for form in spellings)]


def test_the_sweep_notices_a_secret() -> None:
    assert shown(f"x {GIVEN} {MODEL_KEY}") == ["input", "model key"]
    assert shown("nothing") == []


GETS = [
    rule.template
    for rule in RULES
    if rule.method == "GET"
    and not rule.is_webhook
    # Files of the page, another protocol, and schemas, which are made of the classes alone and take seconds.
    and not rule.template.startswith(("/mcp", "/ui", "/api/v1/plugins/schemas/"))
]


def test_no_address_that_is_read_shows_one(client: httpx.Client, execution: dict[str, str]) -> None:
    asked, leaks = 0, {}
    for template in GETS:
        path = template
        for name, value in {**execution, "name": "x", "key": "x"}.items():
            path = path.replace("{" + name + "}", value)
        if "{" in path:
            path = path.replace("{trigger_id}", "x").replace("{metric}", "x")
        with client.stream("GET", path, params={"size": "100", "minLevel": "TRACE"}) as answer:
            text = answer.read().decode("utf-8", "replace")
        asked += answer.status_code < 400
        if shown(text):
            leaks[path] = shown(text)
    assert leaks == {}
    assert asked > 60


def test_what_is_masked_is_there_at_all(client: httpx.Client, execution: dict[str, str]) -> None:
    one = client.get(f"{MAIN}/executions/{execution['execution_id']}").json()
    assert set(one["inputs"]) == {"word", "token"}
    log = client.get(f"{MAIN}/logs/{execution['execution_id']}/download").text
    assert log.count("******") >= 4 and "no luck with" in log


def test_no_action_shows_one(client: httpx.Client, execution: dict[str, str]) -> None:
    one = f"{MAIN}/executions/{execution['execution_id']}"
    answers = [
        client.post(f"{one}/actions/eval", content="{{ inputs.word }} {{ secret('KEPT') }} {{ inputs }}"),
        client.post(f"{one}/actions/eval/{execution['task_run_id']}", content="{{ inputs }} {{ outputs }}"),
        client.post(f"{one}/actions/replay"),
        client.post(f"{one}/actions/restart"),
        client.post(f"{MAIN}/executions/demo/secretive?wait=true", files={"other": (None, GIVEN)}),
        client.post(f"{MAIN}/executions/demo/secretive/validate", files={"word": (None, GIVEN)}),
        client.post(f"{MAIN}/executions/latest", json=[{"namespace": "demo", "id": "secretive"}]),
        client.post(
            f"{MAIN}/copilot/fix", json={"executionId": execution["execution_id"], "provider": "rules"}
        ),
    ]
    assert [shown(answer.text) for answer in answers] == [[]] * len(answers)
    assert [answer.status_code < 500 for answer in answers] == [True] * len(answers)


def test_broken_requests_repeat_none(client: httpx.Client) -> None:
    login = base64.b64encode(f"someone:{OPERATOR[1]}".encode()).decode()
    answers = [
        client.get("/api/v1/configs", headers={"Authorization": f"Basic {login}"}),
        client.post(f"{MAIN}/accounts", json={"name": "x", "role": "viewer", "password": [OPERATOR[1]]}),
        client.post(f"{MAIN}/accounts", content=f'{{"password": "{OPERATOR[1]}'.encode()),
        client.put("/api/v1/me/password", json={"current": OPERATOR[1], "password": {"x": OPERATOR[1]}}),
    ]
    assert [shown(answer.text) for answer in answers] == [[]] * len(answers)


def test_the_services_own_log_has_none(
    client: httpx.Client, execution: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post(f"{MAIN}/executions/demo/secretive?wait=true", files={"word": (None, GIVEN)}, timeout=60)
        client.get(f"{MAIN}/executions/{execution['execution_id']}")
    assert shown(caplog.text) == []


def test_the_audit_log_has_none(client: httpx.Client, execution: dict[str, str]) -> None:
    answer = client.get(f"{MAIN}/audits", params={"size": "1000"})
    assert answer.json()["total"] > 0 and shown(answer.text) == []


def test_settings_show_none(secretive: Wiring) -> None:
    assert shown(f"{secretive.settings!r} {secretive.settings}") == []


@pytest.mark.parametrize("place", ["_accounts", "_tokens", "_audit", "_states"])
def test_flows_read_and_write_nothing_of_the_services_own(client: httpx.Client, place: str) -> None:
    flow = f"""\
id: reach
namespace: demo
tasks:
  - id: read
    type: io.kestra.plugin.core.debug.Return
    format: "{{{{ kv('ann', '{place}') }}}}"
    allowFailure: true
  - id: write
    type: io.kestra.plugin.core.kv.Set
    namespace: {place}
    key: ann
    value: mine
"""
    post_flow(client, flow)
    ended = client.post(f"{MAIN}/executions/demo/reach?wait=true", timeout=60).json()
    log = client.get(f"{MAIN}/logs/{ended['id']}/download").text
    assert ended["state"]["current"] == "FAILED"
    assert "belongs to the service itself" in log and "is not a namespace" in log
    assert client.get(f"{MAIN}/namespaces/{place}/kv/ann").status_code == 422
    assert client.put(f"{MAIN}/namespaces/{place}/kv/ann", content=b"1").status_code == 422
    client.delete(f"{MAIN}/flows/demo/reach")
