"""Webhooks by API: by any method, without a login, answered as the trigger says."""

from __future__ import annotations

import httpx
import pytest

from tests.api.conftest import post_flow

HOOK = """\
id: {id}
namespace: hooks
inputs:
  - {{id: taxi, type: STRING, defaults: yellow}}
tasks:
  - {{id: show, type: io.kestra.plugin.core.debug.Return, format: "{{{{ inputs.taxi }}}}"}}
outputs:
  - {{id: taxi, type: STRING, value: "{{{{ outputs.show.value }}}}"}}
triggers:
  - id: t
    type: io.kestra.plugin.core.trigger.Webhook
    key: "{key}"
    inputs: {{taxi: "{{{{ trigger.body.taxi ?? trigger.parameters.taxi[0] ?? trigger.headers['X-Taxi'][0] }}}}"}}
"""


def save(client: httpx.Client, flow_id: str, more: str = "", key: str = "k3y") -> str:
    """Save a flow and return the address of its webhook."""
    assert post_flow(client, HOOK.format(id=flow_id, key=key) + more).status_code == 200
    return f"/api/v1/main/executions/webhook/hooks/{flow_id}/{key.replace('/', '%2F')}"


def test_every_method_starts_the_flow(client: httpx.Client) -> None:
    address = save(client, "methods")
    posted = client.post(address, json={"taxi": "green"})
    assert posted.status_code == 200
    body = posted.json()
    assert (body["flowId"], body["inputs"]) == ("methods", {"taxi": "green"})
    assert body["trigger"]["id"] == "t" and body["url"].endswith(body["id"])
    assert client.put(address, content=b"taxi=x", params={"taxi": "blue"}).json()["inputs"] == {
        "taxi": "blue"
    }
    assert client.get(address, headers={"X-Taxi": "red"}).json()["inputs"] == {"taxi": "red"}
    untenanted = client.get(address.replace("/main", ""), params={"taxi": "old"})
    assert untenanted.json()["inputs"] == {"taxi": "old"}
    assert client.get(f"{address}/and/more", params={"taxi": "path"}).json()["inputs"] == {"taxi": "path"}


def test_a_key_may_hold_a_slash(client: httpx.Client) -> None:
    address = save(client, "slash", key="a/b")
    assert client.get(address, params={"taxi": "x"}).status_code == 200
    assert client.get(address.replace("/main", ""), params={"taxi": "x"}).status_code == 200
    assert client.get(address.replace("%2F", "/"), params={"taxi": "x"}).status_code == 404


def test_waiting_for_the_end_and_for_the_outputs(client: httpx.Client) -> None:
    waiting = client.post(save(client, "waits", "    wait: true\n"), json={"taxi": "a"}).json()
    assert waiting["state"]["current"] == "SUCCESS"
    outputs = client.post(
        save(client, "gives", "    wait: true\n    returnOutputs: true\n    responseCode: 201\n"),
        json={"taxi": "b"},
    )
    assert (outputs.status_code, outputs.json()) == (201, {"taxi": "b"})
    text = client.post(
        save(
            client, "says", "    wait: true\n    returnOutputs: true\n    responseContentType: text/plain\n"
        ),
        json={"taxi": "c"},
    )
    assert text.headers["content-type"].startswith("text/plain") and text.text == "c"


def test_refusals(client: httpx.Client) -> None:
    address = save(client, "refuses", '    when: "{{ trigger.parameters.go is defined }}"\n')
    silent = client.get(address, params={"taxi": "x"})
    assert (silent.status_code, silent.content) == (204, b"")
    assert client.get(address, params={"taxi": "x", "go": "1"}).status_code == 200
    wrong = client.get(f"{address}x")
    assert wrong.status_code == 404 and "Webhook not found" in wrong.json()["message"]
    missing = client.get("/api/v1/main/executions/webhook/hooks/nothing/k3y")
    assert missing.status_code == 404 and "Flow not found" in missing.json()["message"]
    post = client.put(
        "/api/v1/main/flows/hooks/refuses",
        content=(HOOK.format(id="refuses", key="k3y") + "disabled: true\n").encode(),
        headers={"Content-Type": "application/x-yaml"},
    )
    assert post.status_code == 200
    assert client.get(address).status_code == 409


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_other_methods_are_not_allowed(client: httpx.Client, method: str) -> None:
    assert client.request(method, save(client, f"no-{method.lower()}")).status_code == 405
