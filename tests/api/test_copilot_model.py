"""The copilot's routes with a model that fails: typed answers, when to try again, and a thread that goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import read_settings
from api.wiring import Wiring
from tests.copilot.scripted import Say, Scripted, scripted_model
from tests.copilot.test_baseline import PLAN

COPILOT = "/api/v1/main/copilot"
GENERATE = "/api/v1/main/ai/generate/flow"
JSON = {"Accept": "application/json"}
ODD = "serenade the moon as only you know how"


@pytest.fixture(scope="module")
def model() -> Iterator[Scripted]:
    with scripted_model() as server:
        yield server


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, model: Scripted) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("home")
    (home / "providers.yaml").write_text(
        f"providers:\n  - {{name: here, kind: vllm, model: tiny, baseUrl: '{model.base_url}'}}\n"
        "  - {name: gone, kind: vllm, model: none, baseUrl: 'http://127.0.0.1:9/v1'}\n"
    )
    environment = {
        "FLOWSMITH_HOME": str(home / "data"),
        "FLOWSMITH_EMBEDDER": "lexical",
        "FLOWSMITH_LLM_PROVIDERS": str(home / "providers.yaml"),
        "FLOWSMITH_LLM_DAILY_TOKENS": "100000",
        "SECRET_DB": "aHVudGVyMjIyMg==",
    }
    with (
        Wiring.open(read_settings(environment, home)) as wiring,
        TestClient(create_app(wiring), base_url="http://127.0.0.1") as client,
    ):
        yield client


@pytest.fixture(autouse=True)
def silence(model: Scripted) -> None:
    model.answers.clear()


def asked(client: TestClient, words: str = ODD, provider: str = "") -> httpx.Response:
    return client.post(f"{COPILOT}/draft", json={"words": words, "provider": provider}, headers=JSON)


BUSY = Say(status=429, error="slow down", headers={"retry-after": "2.5", "x-should-retry": "false"})


@pytest.mark.parametrize(
    ("say", "status", "code", "wait"),
    [
        (BUSY, 503, "provider-busy", "3"),
        (Say(status=401, error="no"), 503, "provider-refused", None),
        (Say(status=404, error="no"), 503, "provider-refused", None),
        (Say("  "), 504, "provider-silent", None),
        (Say("I'm sorry, I can't."), 422, "reply-not-a-plan", None),
    ],
    ids=["busy", "key", "model", "empty", "declined"],
)
def test_a_model_that_fails_is_a_typed_answer_that_leaves_the_thread(
    client: TestClient, model: Scripted, say: Say, status: int, code: str, wait: str | None
) -> None:
    chat = client.post(f"{COPILOT}/conversations", json={}).json()["id"]
    turns = f"{COPILOT}/conversations/{chat}/turns"
    for path, body in (
        (f"{COPILOT}/draft", {"words": ODD}),
        (GENERATE, {"conversationId": "c", "userPrompt": ODD}),
        (turns, {"words": ODD}),
    ):
        model.says(say, say)
        answer = client.post(path, json=body, headers=JSON)
        model.answers.clear()
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers.get("retry-after") == wait
        assert answer.json().get("retryAfterS") == (2.5 if wait else None)
    model.says(json.dumps(PLAN))
    assert client.post(turns, json={"words": ODD}, headers=JSON).json()["draft"]["planner"] == "tiny"
    assert [turn["outcome"] for turn in client.get(f"{COPILOT}/conversations/{chat}").json()["turns"]] == [
        code,
        "done",
    ]


def test_a_model_that_cannot_be_reached_is_named_and_the_rules_step_in(client: TestClient) -> None:
    answer = asked(client, provider="gone")
    assert (answer.status_code, answer.json()["code"]) == (504, "provider-silent")
    assert "127.0.0.1:9" in answer.json()["message"]
    made = asked(client, 'log "hi"', "gone").json()["draft"]
    assert made["planner"] == "rules"
    assert "could not be used" in made["notes"][0]


def test_what_left_can_be_viewed_and_has_no_secret(client: TestClient, model: Scripted) -> None:
    chat = client.post(f"{COPILOT}/conversations", json={}).json()["id"]
    model.says(json.dumps(PLAN))
    words = f"{ODD} with hunter2222 and sk-abcdefghijklmnop1234567890"
    client.post(f"{COPILOT}/conversations/{chat}/turns", json={"words": words}, headers=JSON)
    (turn,) = client.get(f"{COPILOT}/conversations/{chat}").json()["turns"]
    (sent,) = client.get(f"{COPILOT}/conversations/{chat}/turns/{turn['id']}/payloads").json()["calls"]
    assert sent == model.requests[-1]["messages"]
    assert "hunter2222" not in json.dumps([sent, turn])
    assert "sk-abcdef" not in json.dumps([sent, turn])
    assert ODD in sent[-1]["content"]


def test_a_draft_shows_what_it_would_do(client: TestClient) -> None:
    made = asked(client, "every day at 7 log hello", "rules").json()["draft"]
    assert len(made["preview"]["triggers"][0]["next"]) == 3
    assert [step["number"] for step in made["preview"]["order"]] == ["1"]
    again = client.get(f"{COPILOT}/drafts/{made['id']}").json()
    assert again["preview"]["order"] == made["preview"]["order"]
    chosen = client.post(f"{COPILOT}/drafts/{made['id']}/choose", json={"hunks": [0]}).json()
    assert chosen["preview"]["order"] == made["preview"]["order"]
    brought = client.post(f"{COPILOT}/import", json={"text": "0 1 * * * echo one\n"}).json()
    assert brought["results"][0]["preview"]["triggers"][0]["next"]


def test_a_spent_budget_says_when_it_begins_again(client: TestClient, model: Scripted) -> None:
    model.says(Say(json.dumps(PLAN), tokens=(100_000, 1000)))
    asked(client)
    model.says(json.dumps(PLAN))
    answer = asked(client)
    assert (answer.status_code, answer.json()["code"]) == (429, "budget-spent")
    assert int(answer.headers["retry-after"]) > 0
    assert client.get(f"{COPILOT}/usage").json()["leftTokens"] == 0
    assert asked(client, 'log "hi"').json()["draft"]["planner"] == "rules"
