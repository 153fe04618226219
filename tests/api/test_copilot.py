import json

import httpx
import pytest
from fastapi.testclient import TestClient

from api.wiring import Wiring
from tests.api.conftest import post_flow, yaml_flow

COPILOT = "/api/v1/main/copilot"
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module", autouse=True)
def documents(wiring: Wiring) -> None:
    wiring.ingest()


def draft(client: httpx.Client, **body: object) -> dict[str, object]:
    answer = client.post(f"{COPILOT}/draft", json=body, headers=JSON)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_draft_is_saved_only_by_its_acceptance(client: TestClient) -> None:
    whole = draft(client, words="log hello", namespace="drafted", flowId="greeting")
    made = whole["draft"]
    assert isinstance(made, dict)
    assert made["valid"] is True
    assert made["planner"] == "rules"
    assert "io.kestra.plugin.core.log.Log" in made["yaml"]
    assert client.get("/api/v1/main/flows/drafted/greeting").status_code == 404
    path = f"{COPILOT}/drafts/{made['id']}"
    assert client.get(path).json()["yaml"] == made["yaml"]
    wrong = client.post(f"{path}/accept", json={"hash": "0" * 64})
    assert wrong.status_code == 409
    assert "hash" in wrong.json()["message"].lower()
    saved = client.post(f"{path}/accept", json={"hash": made["hash"], "revision": 0})
    assert (saved.status_code, saved.json()["revision"]) == (200, 1)
    assert saved.json()["source"] == made["yaml"]
    again = client.post(f"{path}/accept", json={"hash": made["hash"], "revision": 0})
    assert (again.status_code, again.json()["revision"]) == (200, 1)


def test_a_stale_draft_is_refused(client: TestClient) -> None:
    post_flow(client, yaml_flow("stale"))
    source = client.get("/api/v1/main/flows/demo/stale?source=true").json()["source"]
    made = draft(client, words="add a task that logs bye", yaml=source)["draft"]
    assert isinstance(made, dict)
    client.put("/api/v1/main/flows/demo/stale", content=source + "# newer\n")
    for body in ({"hash": made["hash"], "revision": 1}, {"hash": made["hash"]}):
        answer = client.post(f"{COPILOT}/drafts/{made['id']}/accept", json=body)
        assert answer.status_code == 409
        assert "changed" in answer.json()["message"]


def test_an_invalid_draft_is_never_accepted(client: TestClient) -> None:
    made = draft(client, words="log hello", yaml=yaml_flow("broken").replace("log.Log", "log.Nope"))["draft"]
    assert isinstance(made, dict)
    answer = client.post(f"{COPILOT}/drafts/{made['id']}/accept", json={"hash": made["hash"]})
    assert answer.status_code == (200 if made["valid"] else 409)
    assert made["valid"] is ("log.Nope" not in made["yaml"])


def test_the_stream_tells_plan_draft_and_diff_in_order(server: httpx.Client) -> None:
    with server.stream("POST", f"{COPILOT}/draft", json={"words": "log hello"}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        text = answer.read().decode()
    names = [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event: ")]
    assert [name for name in names if name != "finding"] == ["plan", "draft", "diff", "done"]
    data = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    assert data[-1]["draftId"]


def test_words_that_ask_for_nothing_are_refused_with_a_code(client: TestClient) -> None:
    answer = client.post(f"{COPILOT}/draft", json={"words": "   "}, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["code"] == "off-topic"
    assert answer.json()["missing"] == ["words"]
    assert client.post(f"{COPILOT}/draft", json={"words": ""}, headers=JSON).status_code == 422
    assert client.post(f"{COPILOT}/draft", content="nonsense", headers=JSON).status_code == 422


def test_unknown_drafts(client: TestClient) -> None:
    assert client.get(f"{COPILOT}/drafts/none").status_code == 404
    assert client.delete(f"{COPILOT}/drafts/none").status_code == 404
    assert client.post(f"{COPILOT}/drafts/none/accept", json={"hash": "x"}).status_code == 404


def test_drafts_are_not_reached_through_the_key_value_store(client: TestClient) -> None:
    made = draft(client, words="log hello")["draft"]
    assert isinstance(made, dict)
    path = f"/api/v1/main/namespaces/_copilot/kv/draft.{made['id']}"
    assert client.get(path).status_code == 422
    assert client.put(path, content="1").status_code == 422
    assert client.get("/api/v1/main/kv?size=1000").json()["total"] == 0


def test_only_some_changes_can_be_chosen(client: TestClient) -> None:
    source = yaml_flow("chosen")
    made = draft(client, words="add a task that logs bye", yaml=source)["draft"]
    assert isinstance(made, dict)
    none = client.post(f"{COPILOT}/drafts/{made['id']}/choose", json={"hunks": []}).json()
    assert none["yaml"] == source
    assert none["id"] != made["id"]
    wrong = client.post(f"{COPILOT}/drafts/{made['id']}/choose", json={"hunks": [0, 7]})
    assert wrong.status_code == 422
    assert "7 is no change of this draft" in wrong.json()["message"]


def test_an_answer_carries_its_citations(client: TestClient) -> None:
    body = {"question": "How do I retry a failed task?"}
    whole = client.post(f"{COPILOT}/ask", json=body, headers=JSON).json()
    assert whole["citations"]
    for citation in whole["citations"]:
        assert f"[{citation['number']}]" in whole["text"]
        assert citation["source"]
        assert citation["startLine"] <= citation["endLine"]


def test_a_flow_is_explained_from_its_text_or_its_name(client: TestClient) -> None:
    post_flow(client, yaml_flow("told"))
    by_text = client.post(f"{COPILOT}/explain", json={"yaml": yaml_flow("told")}, headers=JSON).json()
    by_name = client.post(
        f"{COPILOT}/explain", json={"namespace": "demo", "flowId": "told"}, headers=JSON
    ).json()
    assert by_text["text"] == by_name["text"]
    assert "one" in by_text["text"]
    assert client.post(f"{COPILOT}/explain", json={}, headers=JSON).status_code == 422


def test_generate_as_kestra_clients_ask(client: TestClient) -> None:
    body = {"conversationId": "c1", "userPrompt": "log hello", "namespace": "demo"}
    answer = client.post("/api/v1/main/ai/generate/flow", json=body, headers={"Accept": "application/yaml"})
    assert answer.headers["content-type"].startswith("application/yaml")
    assert answer.text.startswith("id: ")
    assert "```" not in answer.text
    assert client.post("/api/v1/ai/generate/flow", json={"userPrompt": "x"}).status_code == 422
    assert client.get("/api/v1/ai/providers").json()[0]["isDefault"] is True
    chosen = client.post("/api/v1/main/ai/generate/flow", json={**body, "providerId": "rules"})
    assert chosen.text == answer.text
    wrong = client.post("/api/v1/main/ai/generate/flow", json={**body, "providerId": "gpt"})
    assert (wrong.status_code, wrong.json()["code"]) == (503, "provider-refused")
    nothing = client.post("/api/v1/main/ai/generate/flow", json={**body, "userPrompt": "what a nice day"})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "off-topic")


def test_status_says_who_plans(client: TestClient) -> None:
    status = client.get(f"{COPILOT}/status").json()
    assert status["planner"] == "rules, no model"
    assert status["chunks"] > 0


def test_documents_are_searched_and_read(client: TestClient) -> None:
    found = client.get("/api/v1/docs/search", params={"q": "retry a task", "size": 3}).json()
    assert len(found["results"]) == 3
    first = found["results"][0]
    page = client.get("/api/v1/docs/page", params={"source": first["source"]}).json()
    assert any(chunk["text"] == first["text"] for chunk in page["chunks"])
    assert client.get("/api/v1/docs/page", params={"source": "none"}).status_code == 404
    assert client.get("/api/v1/docs/search").status_code == 400
    only = client.get("/api/v1/docs/search", params={"q": "log", "kind": "guide"}).json()
    assert {one["kind"] for one in only["results"]} == {"guide"}
