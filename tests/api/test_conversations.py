"""Conversations, fixes, imports and the audit log over HTTP."""

from __future__ import annotations

import json
from typing import Any

import anyio
import httpx
import pytest
import yaml
from fastapi.testclient import TestClient

from api.wiring import Wiring
from copilot.voice import Terms
from tests.api.conftest import post_flow, yaml_flow

COPILOT = "/api/v1/main/copilot"
JSON = {"Accept": "application/json"}
BROKEN = """\
id: broken-sql
namespace: demo
tasks:
  - id: q
    type: io.kestra.plugin.jdbc.duckdb.Query
    fetchType: FETCH
    sql: selct 1   # kept
"""


@pytest.fixture(scope="module", autouse=True)
def documents(wiring: Wiring) -> None:
    wiring.ingest()


def begin(client: TestClient, **body: Any) -> str:
    answer = client.post(f"{COPILOT}/conversations", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def say(client: TestClient, chat: str, **body: Any) -> httpx.Response:
    return client.post(f"{COPILOT}/conversations/{chat}/turns", json=body, headers=JSON)


def failed(client: TestClient, wiring: Wiring) -> str:
    post_flow(client, BROKEN)
    execution = wiring.engine.start("demo", "broken-sql")
    wiring.engine.wait(execution.id, 20)
    return execution.id


def test_a_conversation_grows_and_is_forgotten(client: TestClient) -> None:
    chat = begin(client, namespace="demo", flowId="talked")
    assert begin(client, namespace="demo", flowId="talked") == chat
    whole = say(client, chat, words="log hello").json()
    assert whole["draft"]["valid"] is True
    assert whole["context"]["mode"] == "edit"
    found = client.get(f"{COPILOT}/conversations/{chat}").json()
    assert found["turns"][0]["draftId"] == whole["draft"]["id"]
    assert found["inputTokens"] == 0
    listed = client.get(f"{COPILOT}/conversations").json()["results"]
    assert listed[0]["id"] == chat
    assert "turns" not in listed[0]
    text = client.get(f"{COPILOT}/conversations/{chat}/export").text
    assert "**You** (edit" in text
    assert client.delete(f"{COPILOT}/conversations/{chat}").status_code == 204
    assert client.get(f"{COPILOT}/conversations/{chat}").status_code == 404
    assert say(client, chat, words="again").status_code == 404


def test_asking_is_read_only_by_the_server(client: TestClient) -> None:
    chat = begin(client)
    before = client.get(f"{COPILOT}/drafts").json()["total"]
    answer = say(client, chat, words="How do I retry a failed task?", mode="ask").json()
    assert answer["citations"]
    refused = say(client, chat, words="/edit log hello", mode="ask")
    assert (refused.status_code, refused.json()["code"]) == (422, "read-only")
    assert client.get(f"{COPILOT}/drafts").json()["total"] == before
    assert say(client, chat, words="x", mode="run").status_code == 422


def test_chips_show_what_would_leave_and_can_be_taken_out(client: TestClient, wiring: Wiring) -> None:
    execution = failed(client, wiring)
    client.put("/api/v1/main/namespaces/demo/kv/some_key", content='"some value"')
    chat = begin(client)
    body = {"words": "mend it", "yaml": BROKEN, "namespace": "demo", "executionId": execution}
    shown = client.post(f"{COPILOT}/conversations/{chat}/chips", json=body).json()
    assert [chip["kind"] for chip in shown["chips"]] == ["flow", "execution", "names"]
    sent = json.dumps(shown["payload"])
    assert "some_key" in sent
    assert "some value" not in sent
    assert "selct" in sent
    assert all(chip["tokens"] > 0 for chip in shown["chips"])
    fewer = client.post(
        f"{COPILOT}/conversations/{chat}/chips", json={**body, "leaveOut": ["names", "execution"]}
    ).json()
    assert [chip["kind"] for chip in fewer["chips"]] == ["flow"]
    assert "some_key" not in json.dumps(fewer["payload"])


def test_a_failed_execution_is_fixed(client: TestClient, wiring: Wiring) -> None:
    execution = failed(client, wiring)
    whole = client.post(f"{COPILOT}/fix", json={"executionId": execution}, headers=JSON).json()
    assert whole["findings"][0]["code"] == "fix-sql-syntax"
    made = whole["draft"]
    assert made["yaml"] == BROKEN.replace("selct", "select")
    saved = client.post(f"{COPILOT}/drafts/{made['id']}/accept", json={"hash": made["hash"]})
    assert saved.status_code == 200
    again = wiring.engine.start("demo", "broken-sql")
    assert wiring.engine.wait(again.id, 20).state == "SUCCESS"
    fine = client.post(f"{COPILOT}/fix", json={"executionId": again.id}, headers=JSON)
    assert fine.status_code == 422
    assert "nothing to fix" in fine.json()["message"]
    assert client.post(f"{COPILOT}/fix", json={"executionId": "none"}, headers=JSON).status_code == 404
    chat = begin(client)
    wiring.engine.save(BROKEN)
    turn = say(client, chat, words="/fix", mode="fix", executionId=execution)
    assert turn.json()["draft"]["valid"] is True
    assert say(client, chat, words="fix", mode="fix").status_code == 422


def test_a_fix_streams_its_findings_before_its_draft(server: httpx.Client, wiring: Wiring) -> None:
    wiring.engine.save(BROKEN)
    execution = wiring.engine.start("demo", "broken-sql")
    wiring.engine.wait(execution.id, 20)
    with server.stream("POST", f"{COPILOT}/fix", json={"executionId": execution.id}) as answer:
        text = answer.read().decode()
    names = [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event: ")]
    assert names == ["finding", "plan", "draft", "diff", "done"]


def test_files_of_other_systems_become_drafts(client: TestClient) -> None:
    body = {"text": "0 1 * * * echo one\n@reboot echo two\n", "namespace": "imported"}
    whole = client.post(f"{COPILOT}/import", json=body).json()
    assert [draft["valid"] for draft in whole["results"]] == [True, False]
    assert whole["results"][1]["placeholders"]
    first = whole["results"][0]
    path = f"{COPILOT}/drafts/{first['id']}/accept"
    assert client.post(path, json={"hash": first["hash"]}).json()["namespace"] == "imported"
    assert client.get("/api/v1/main/flows/imported/echo").status_code == 200
    refused = client.post(f"{COPILOT}/import", json={"text": "hello"})
    assert refused.status_code == 422
    assert "no crontab" in refused.json()["message"]
    assert client.post(f"{COPILOT}/import", json={"text": "x", "kind": "nope"}).status_code == 422


def test_every_action_is_in_the_audit_log(client: TestClient, wiring: Wiring) -> None:
    say(client, begin(client), words="How do I retry a failed task?", mode="ask")
    client.post(f"{COPILOT}/fix", json={"executionId": failed(client, wiring)}, headers=JSON)
    brought = client.post(
        f"{COPILOT}/import", json={"text": "0 1 * * * echo audit\n", "namespace": "audited"}
    )
    first = brought.json()["results"][0]
    client.post(f"{COPILOT}/drafts/{first['id']}/accept", json={"hash": first["hash"]})
    client.post(f"{COPILOT}/draft", json={"words": "log hello audit"}, headers=JSON)
    rows = client.get(f"{COPILOT}/audit").json()["results"]
    assert [row["words"] for row in rows if row["action"] == "draft"][-1] == "log hello audit"
    assert {"draftId", "draftHash", "inputTokens", "actor", "time"} <= set(rows[-1])
    assert {"ask", "fix", "accept", "import"} <= {row["action"] for row in rows}
    lines = client.get(f"{COPILOT}/audit?action=draft", headers={"Accept": "application/x-ndjson"}).text
    assert {json.loads(line)["action"] for line in lines.splitlines()} == {"draft"}
    later = client.get(f"{COPILOT}/audit", params={"after": rows[-1]["time"]}).json()
    assert later["total"] == 0
    assert client.get(f"{COPILOT}/audit?after=yesterday").status_code == 400
    assert client.delete(f"{COPILOT}/audit").status_code in (404, 405)


def test_a_turn_whose_client_goes_away_is_in_the_audit_log(wiring: Wiring) -> None:
    async def leave() -> None:
        terms = Terms()
        events = wiring.open_copilot().draft('log "left early"', terms=terms)
        noted = wiring.dialogues.noted("draft", "api", "left early", events, terms)
        await anext(noted)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await noted.aclose()  # type: ignore[attr-defined]

    anyio.run(leave)
    row = list(wiring.dialogues.audit.rows())[-1]
    assert (row.words, row.outcome) == ("left early", "left")


def test_usage_and_choice_of_models(client: TestClient) -> None:
    usage = client.get(f"{COPILOT}/usage").json()
    assert usage["usedTokens"] == 0
    assert "dailyTokens" not in usage or usage["dailyTokens"] is None
    providers = client.get("/api/v1/main/ai/providers").json()
    assert [one["id"] for one in providers] == ["rules"]
    wrong = client.post(f"{COPILOT}/draft", json={"words": "log hello", "provider": "gpt"}, headers=JSON)
    assert wrong.json()["code"] == "provider-refused"


def test_an_opinion_becomes_a_case_of_the_evaluation(client: TestClient) -> None:
    chat = begin(client)
    made = say(client, chat, words="log a case").json()["draft"]["id"]
    turn = client.get(f"{COPILOT}/conversations/{chat}").json()["turns"][0]["id"]
    path = f"{COPILOT}/conversations/{chat}/turns/{turn}"
    judged = client.post(f"{path}/feedback", json={"good": False, "comment": "at level WARN"}).json()
    assert judged["feedback"] == {"good": False, "comment": "at level WARN"}
    rows = client.get(f"{COPILOT}/feedback").json()["results"]
    assert rows[-1].items() >= {"good": False, "draftId": made, "turnId": turn, "kind": "create"}.items()
    cases = yaml.safe_load(client.get(f"{COPILOT}/feedback/cases").text)
    assert {"kind": "create", "words": "log a case"}.items() <= cases[-1].items()
    assert client.get(f"{path}/payloads").json() == {"calls": []}
    assert client.post(f"{COPILOT}/turns/{turn}/stop").status_code == 404
    assert client.get(f"{COPILOT}/conversations/{chat}/turns/none/payloads").status_code == 404
    assert client.delete(f"{COPILOT}/conversations/{chat}").status_code == 204
    assert [
        row for row in client.get(f"{COPILOT}/feedback").json()["results"] if row.get("turnId") == turn
    ] == []


def test_a_draft_or_an_answer_is_judged_without_a_conversation(client: TestClient) -> None:
    made = client.post(f"{COPILOT}/draft", json={"words": 'log "thumb"'}, headers=JSON).json()["draft"]
    path = f"{COPILOT}/drafts/{made['id']}/feedback"
    up = client.post(path, json={"good": True, "comment": "just right"}).json()
    assert up["facts"] == {"has": ["Log"]}
    assert client.post(path, json={"good": False}).json()["id"] == up["id"]
    said = client.post(f"{COPILOT}/feedback", json={"words": "How?", "good": False, "comment": "in detail"})
    assert said.json()["kind"] == "ask"
    actions = client.get(f"{COPILOT}/audit?action=feedback").json()["results"][-3:]
    assert [(row["outcome"], row["words"]) for row in actions] == [
        ("good", "just right"), ("bad", ""), ("bad", "in detail"),
    ]  # fmt: skip
    assert actions[0]["draftId"] == made["id"]
    listed = [row["id"] for row in client.get(f"{COPILOT}/feedback").json()["results"]]
    assert {up["id"], said.json()["id"]} <= set(listed)
    assert len(listed) == len(set(listed))
    assert client.delete(f"{COPILOT}/feedback/{up['id']}").status_code == 204
    assert client.delete(f"{COPILOT}/feedback/{up['id']}").status_code == 404
    assert client.post(f"{COPILOT}/drafts/none/feedback", json={"good": True}).status_code == 404
    assert client.post(path, json={"comment": "x"}).status_code == 422


def test_every_answer_is_in_camel_case(client: TestClient, wiring: Wiring) -> None:
    execution = failed(client, wiring)
    chat = begin(client, namespace="demo", flowId="camel")
    answers = [
        say(client, chat, words="every day at 7 log hello, let me choose the year"),
        say(client, chat, words="add a retry to q and a task that logs bye", yaml=BROKEN),
        say(client, chat, words="log it", yaml=BROKEN, mode="plan"),
        say(client, chat, words="How do I retry a failed task?", mode="ask"),
        say(client, chat, words="fix it", mode="fix", executionId=execution),
        client.post(f"{COPILOT}/conversations/{chat}/chips", json={"words": "x", "yaml": BROKEN}),
    ]
    turn = client.get(f"{COPILOT}/conversations/{chat}").json()["turns"][0]["id"]
    path = f"{COPILOT}/conversations/{chat}/turns/{turn}/feedback"
    answers.append(client.post(path, json={"good": True}))
    for place in ("conversations", f"conversations/{chat}", "drafts", "audit", "usage", "status", "feedback"):
        answers.append(client.get(f"{COPILOT}/{place}"))
    drafts = client.get(f"{COPILOT}/drafts").json()["results"][:5]
    answers += [client.get(f"{COPILOT}/drafts/{row['id']}") for row in drafts]
    assert all(answer.status_code == 200 for answer in answers), [answer.text[:200] for answer in answers]
    assert [name for answer in answers for name in names(answer.json()) if "_" in name] == []
    turns = client.get(f"{COPILOT}/conversations/{chat}").json()["turns"]
    assert {"inputTokens", "outputTokens", "draftId"} <= set(turns[0])
    assert turns[3]["cites"]
    assert turns[4]["reason"] == "sql-syntax"


def names(value: Any) -> list[str]:
    """Return all names of members, at every depth."""
    if isinstance(value, dict):
        return [*value, *(name for item in value.values() for name in names(item))]
    return [name for item in value for name in names(item)] if isinstance(value, list) else []


def test_what_is_kept_is_not_reached_through_the_key_value_store(client: TestClient) -> None:
    chat = begin(client)
    path = f"/api/v1/main/namespaces/_copilot/kv/conversation.{chat}"
    assert client.get(path).status_code == 422


def test_the_accepted_draft_is_the_one_that_was_seen(client: TestClient) -> None:
    post_flow(client, yaml_flow("seen"))
    made = client.post(f"{COPILOT}/draft", json={"words": "log hello"}, headers=JSON).json()["draft"]
    path = f"{COPILOT}/drafts/{made['id']}/acceptance"
    assert client.post(path, json={"hash": "f" * 64}).status_code == 409
    assert client.post(path, json={"hash": made["hash"]}).json()["token"].startswith("yes-")
