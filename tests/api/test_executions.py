import re
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import read_settings
from api.wiring import Wiring
from tests.api.conftest import HELLO, SLOW, post_flow, yaml_flow

EXECUTIONS = "/api/v1/main/executions"

FILES = """\
id: files
namespace: demo
inputs:
  - id: table
    type: FILE
  - id: rows
    type: INT
    defaults: 3
  - id: tags
    type: ARRAY
    itemType: STRING
    required: false
tasks:
  - id: show
    type: io.kestra.plugin.core.debug.Return
    format: "{{ read(inputs.table) }}"
"""


@pytest.fixture(scope="module", autouse=True)
def flows(server: httpx.Client) -> None:
    for source in (HELLO, SLOW, FILES, yaml_flow("idle", extra="disabled: true\n")):
        assert post_flow(server, source).status_code == 200


def test_create_answers_at_once_with_all_members(server: httpx.Client) -> None:
    answer = server.post(f"{EXECUTIONS}/demo/slow")
    assert answer.status_code == 200
    body = answer.json()
    assert re.fullmatch(r"[0-9A-Za-z]{22}", body["id"])
    assert body["state"]["current"] == "CREATED"
    assert body["state"]["histories"][0]["date"].endswith("Z")
    assert body["originalId"] == body["id"]
    assert body["deleted"] is False
    assert body["metadata"]["attemptNumber"] == 1
    assert {"key": "system.correlationId", "value": body["id"]} in body["labels"]
    assert body["url"].endswith(f"/ui/main/executions/demo/slow/{body['id']}")
    assert None not in body.values()
    assert server.delete(f"{EXECUTIONS}/{body['id']}/kill").status_code == 202


def test_wait_holds_until_the_end(server: httpx.Client) -> None:
    body = server.post(
        f"{EXECUTIONS}/demo/hello?wait=true&labels=run:manual", files={"name": (None, "Ada")}
    ).json()
    assert body["state"]["current"] == "SUCCESS"
    assert body["state"]["endDate"]
    assert body["outputs"] == {"said": "Ada!"}
    assert [run["taskId"] for run in body["taskRunList"]] == ["greet", "answer"]
    assert body["taskRunList"][1]["outputs"] == {"value": "Ada!"}
    assert body["taskRunList"][0]["executionId"] == body["id"]
    assert {"key": "run", "value": "manual"} in body["labels"]


@pytest.mark.parametrize(
    "body",
    [
        {"files": {"table": ("t.csv", b"a,b\n1,2\n")}},
        {"files": {"files": ("table", b"a,b\n1,2\n")}},
    ],
    ids=["current form", "older form"],
)
def test_both_forms_of_file_inputs(server: httpx.Client, body: dict[str, object]) -> None:
    answer = server.post(f"{EXECUTIONS}/demo/files?wait=true", **body)  # type: ignore[arg-type]
    execution = answer.json()
    assert execution["state"]["current"] == "SUCCESS", execution
    uri = execution["inputs"]["table"]
    assert uri.startswith("kestra:///demo/files/executions/")
    assert execution["inputs"]["rows"] == 3
    assert execution["taskRunList"][0]["outputs"]["value"] == "a,b\n1,2\n"
    path = f"{EXECUTIONS}/{execution['id']}/file"
    downloaded = server.get(path, params={"path": uri})
    assert downloaded.content == b"a,b\n1,2\n"
    assert "attachment" in downloaded.headers["content-disposition"]
    assert server.get(f"{path}/metas", params={"path": uri}).json() == {"size": 8}
    shown = server.get(f"{path}/preview", params={"path": uri}).json()
    assert shown["truncated"] is False


def test_only_files_of_the_execution_itself(server: httpx.Client) -> None:
    one = server.post(f"{EXECUTIONS}/demo/files?wait=true", files={"table": ("t.csv", b"x")}).json()
    two = server.post(f"{EXECUTIONS}/demo/hello?wait=true").json()
    foreign = server.get(f"{EXECUTIONS}/{two['id']}/file", params={"path": one["inputs"]["table"]})
    assert foreign.status_code == 422
    climbing = f"kestra:///demo/hello/executions/{two['id']}/../../../secret"
    assert server.get(f"{EXECUTIONS}/{two['id']}/file", params={"path": climbing}).status_code == 422


@pytest.mark.parametrize(
    ("path", "parts", "status", "words"),
    [
        ("demo/none", {}, 404, "demo.none"),
        ("demo/idle", {}, 409, "disabled"),
        ("demo/files", {}, 422, "table"),
        ("demo/files", {"table": ("t", b"x"), "rows": (None, "many")}, 422, "rows"),
        ("demo/files", {"table": ("t", b"")}, 422, "empty"),
        ("demo/hello?labels=bad", {}, 422, "key:value"),
        ("demo/hello?labels=system.x:1", {}, 422, "system.x"),
        ("demo/hello?scheduleDate=tomorrow", {}, 422, "tomorrow"),
        ("demo/hello?revision=99", {}, 404, "99"),
        ("demo/hello?wait=perhaps", {}, 400, "perhaps"),
    ],
)
def test_refusals_name_what_is_wrong(
    server: httpx.Client, path: str, parts: dict[str, object], status: int, words: str
) -> None:
    answer = server.post(f"{EXECUTIONS}/{path}", files=parts or None)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert words in answer.json()["message"]


def test_unknown_parts_are_ignored_and_urlencoded_forms_accepted(server: httpx.Client) -> None:
    answer = server.post(f"{EXECUTIONS}/demo/hello?wait=true", data={"name": "Zoë", "more": "x"})
    assert answer.json()["outputs"] == {"said": "Zoë!"}


def test_inputs_can_be_checked_without_running(server: httpx.Client) -> None:
    before = server.get(f"{EXECUTIONS}?namespace=demo&flowId=files").json()["total"]
    answer = server.post(f"{EXECUTIONS}/demo/files/validate", files={"rows": (None, "many")}).json()
    errors = {row["input"]["id"]: row["errors"] for row in answer["inputs"]}
    assert errors["rows"]
    assert errors["table"]
    assert errors["tags"] == []
    assert server.get(f"{EXECUTIONS}?namespace=demo&flowId=files").json()["total"] == before


def test_follow_begins_without_a_state_and_ends_with_the_last(server: httpx.Client) -> None:
    created = server.post(f"{EXECUTIONS}/demo/hello").json()
    frames = _frames(server, f"{EXECUTIONS}/{created['id']}/follow")
    assert frames[0] == ("start", {"id": created["id"]})
    assert {name for name, _ in frames[1:-1]} <= {"progress"}
    name, last = frames[-1]
    assert name == "end"
    assert last["state"]["current"] == "SUCCESS"
    assert [run["taskId"] for run in last["taskRunList"]] == ["greet", "answer"]


def test_follow_of_an_ended_execution_still_gets_start_and_end(server: httpx.Client) -> None:
    ended = server.post(f"{EXECUTIONS}/demo/hello?wait=true").json()
    frames = _frames(server, f"{EXECUTIONS}/{ended['id']}/follow")
    assert [name for name, _ in frames] == ["start", "end"]


def test_follow_is_chunked_and_names_its_frames_by_id_only(server: httpx.Client) -> None:
    ended = server.post(f"{EXECUTIONS}/demo/hello?wait=true").json()
    with server.stream("GET", f"{EXECUTIONS}/{ended['id']}/follow") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["transfer-encoding"] == "chunked"
        text = answer.read().decode()
    assert "event:" not in text
    assert text.startswith("id: start\ndata: {")


def test_a_killed_execution_ends_killed_for_its_followers(server: httpx.Client) -> None:
    created = server.post(f"{EXECUTIONS}/demo/slow").json()
    path = f"{EXECUTIONS}/{created['id']}"
    killed = False
    with server.stream("GET", f"{path}/follow") as answer:
        for line in answer.iter_lines():
            if '"RUNNING"' in line and not killed:
                killed = True
                assert server.delete(f"{path}/kill").status_code == 202
    body = server.get(path).json()
    assert body["state"]["current"] == "KILLED"
    assert body["taskRunList"][0]["state"]["current"] == "KILLED"
    assert server.delete(f"{path}/kill").status_code == 202
    assert server.delete(f"{path}/kill?isOnKillCascade=false").status_code == 409
    assert server.delete(f"{path}/actions/kill").json()["id"] == created["id"]
    assert server.delete(f"{EXECUTIONS}/unknown0000000000000000/kill").status_code == 404


def test_search_finds_by_state_flow_and_label(server: httpx.Client) -> None:
    server.post(f"{EXECUTIONS}/demo/hello?wait=true&labels=find:me")

    def found(query: str) -> list[str]:
        return [one["flowId"] for one in server.get(f"{EXECUTIONS}/search?{query}").json()["results"]]

    assert found("labels=find:me") == ["hello"]
    assert found("filters[labels][EQUALS][find]=me&filters[state][IN]=SUCCESS,FAILED") == ["hello"]
    assert found("labels=find:me&state=FAILED") == []
    assert found("labels=find:me&filters[flowId][NOT_EQUALS]=hello") == []
    assert set(found("flowId=hello&size=100")) == {"hello"}
    assert server.get(f"{EXECUTIONS}/search?state=NOPE").status_code == 400


def test_newest_first_by_default(server: httpx.Client) -> None:
    rows = server.get(f"{EXECUTIONS}/search?size=100").json()["results"]
    dates = [row["state"]["startDate"] for row in rows]
    assert dates == sorted(dates, reverse=True)


def test_logs_of_an_execution(server: httpx.Client) -> None:
    ended = server.post(f"{EXECUTIONS}/demo/hello?wait=true", files={"name": (None, "Log")}).json()
    logs = f"/api/v1/main/logs/{ended['id']}"
    entries = [one for one in server.get(logs).json() if one.get("taskId") == "greet"]
    assert [one["message"] for one in entries if one["level"] == "INFO"][-1] == "Hello Log"
    assert server.get(f"{logs}?minLevel=ERROR").json() == []
    text = server.get(f"{logs}/download")
    assert text.headers["content-type"].startswith("text/plain")
    assert re.search(r"^\d{4}-\d\d-\d\dT[\d:.]+Z INFO Hello Log$", text.text, re.MULTILINE)
    frames = _frames(server, f"{logs}/follow")
    assert frames[0] == ("start", {})
    assert "Hello Log" in [data["message"] for name, data in frames if name == "progress"]
    found = server.get("/api/v1/main/logs/search?q=Hello%20Log&flowId=hello").json()
    assert found["total"] == 1
    assert server.get("/api/v1/main/logs/search?minLevel=LOUD").status_code == 400
    assert server.delete(logs).status_code in (200, 204)
    assert server.get(f"{logs}/download").content == b""


def test_an_ended_execution_can_be_deleted(server: httpx.Client) -> None:
    ended = server.post(f"{EXECUTIONS}/demo/hello?wait=true").json()
    assert server.delete(f"{EXECUTIONS}/{ended['id']}").status_code == 204
    assert server.get(f"{EXECUTIONS}/{ended['id']}").status_code == 404
    assert server.delete(f"{EXECUTIONS}/{ended['id']}").status_code == 404


def test_expressions_are_evaluated_in_an_execution(server: httpx.Client) -> None:
    ended = server.post(f"{EXECUTIONS}/demo/hello?wait=true").json()
    path = f"{EXECUTIONS}/{ended['id']}/actions/eval"
    assert server.post(path, content="{{ inputs.name | upper }}").json() == {"result": "WORLD"}
    assert "error" in server.post(path, content="{{ nothing }}").json()


def test_waiting_and_following_hold_no_thread(server: httpx.Client, wiring: Wiring) -> None:
    """More followers than worker threads, and the service still answers."""
    created = server.post(f"{EXECUTIONS}/demo/slow").json()
    path = f"{EXECUTIONS}/{created['id']}"
    limits = httpx.Limits(max_connections=None)
    with httpx.Client(base_url=server.base_url, limits=limits, timeout=30) as many:
        followers = [many.stream("GET", f"{path}/follow") for _ in range(60)]
        answers = [follower.__enter__() for follower in followers]
        try:
            assert {next(answer.iter_lines()) for answer in answers} == {"id: start"}
            assert server.get("/health").json() == {"status": "UP"}
            assert server.get(path).json()["id"] == created["id"]
        finally:
            server.delete(f"{path}/kill")
            for follower in followers:
                follower.__exit__(None, None, None)
    assert wiring.engine.wait(created["id"], 30).state == "KILLED"


def _frames(server: httpx.Client, path: str) -> list[tuple[str, dict[str, object]]]:
    import json

    frames, name = [], ""
    with server.stream("GET", path) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            if line.startswith("id: "):
                name = line.removeprefix("id: ")
            elif line.startswith("data: "):
                frames.append((name, json.loads(line.removeprefix("data: "))))
    return frames


FAILING = """\
id: failing
namespace: demo
inputs:
  - id: mood
    type: STRING
    defaults: bad
tasks:
  - id: before
    type: io.kestra.plugin.core.debug.Return
    format: kept
  - id: decide
    type: io.kestra.plugin.core.execution.Fail
    condition: "{{ inputs.mood == 'bad' }}"
"""

PAUSING = """\
id: pausing
namespace: demo
tasks:
  - id: hold
    type: io.kestra.plugin.core.flow.Pause
    onResume:
      - id: reason
        type: STRING
  - id: tell
    type: io.kestra.plugin.core.debug.Return
    format: "{{ outputs.hold.onResume.reason }}"
"""


@pytest.mark.parametrize("infix", ["", "actions/"])
def test_a_failed_execution_is_restarted_replayed_and_relabelled(
    server: httpx.Client, wiring: Wiring, infix: str
) -> None:
    post_flow(server, FAILING)
    failed = server.post(f"{EXECUTIONS}/demo/failing?wait=true").json()
    assert failed["state"]["current"] == "FAILED"
    path = f"{EXECUTIONS}/{failed['id']}"
    restarted = server.post(f"{path}/{infix}restart").json()
    assert restarted["id"] == failed["id"]
    assert restarted["metadata"]["attemptNumber"] == 2
    assert wiring.engine.wait(failed["id"], 30).state == "FAILED"
    replayed = server.post(f"{path}/{infix}replay-with-inputs", files={"mood": (None, "good")}).json()
    assert replayed["id"] != failed["id"]
    assert replayed["originalId"] == failed["id"]
    assert wiring.engine.wait(replayed["id"], 30).state == "SUCCESS"
    assert server.post(f"{path}/{infix}replay-with-inputs").status_code == 422
    system = {"key": "system.correlationId", "value": failed["id"]}
    labelled = server.post(f"{path}/{infix}labels", json=[{"key": "seen", "value": "yes"}, system]).json()
    assert {"key": "seen", "value": "yes"} in labelled["labels"]
    assert system in labelled["labels"]
    altered = server.post(f"{path}/{infix}labels", json=[{"key": "system.correlationId", "value": "x"}])
    assert altered.status_code == 422
    assert server.post(f"{path}/{infix}change-status?status=RUNNING").status_code == 422
    changed = server.post(f"{path}/{infix}change-status?status=WARNING").json()
    assert changed["state"]["current"] == "WARNING"
    ended = f"{EXECUTIONS}/{replayed['id']}"
    assert server.post(f"{ended}/{infix}restart").status_code == 422
    assert server.post(f"{ended}/{infix}pause").status_code == 409
    assert server.post(f"{ended}/{infix}resume").status_code == 409


def test_a_paused_execution_is_resumed_with_values(server: httpx.Client, wiring: Wiring) -> None:
    post_flow(server, PAUSING)
    created = server.post(f"{EXECUTIONS}/demo/pausing").json()
    path = f"{EXECUTIONS}/{created['id']}"
    with server.stream("GET", f"{path}/follow") as answer:
        for line in answer.iter_lines():
            if '"current":"PAUSED"' in line:
                assert server.post(f"{path}/resume").status_code == 422
                resumed = server.post(f"{path}/actions/resume", files={"reason": (None, "fine")})
                assert resumed.status_code == 200
                break
    ended = wiring.engine.wait(created["id"], 30)
    assert ended.state == "SUCCESS"
    assert ended.task_runs[-1].outputs == {"value": "fine"}


def test_bulk_actions_do_all_or_nothing(server: httpx.Client, wiring: Wiring) -> None:
    post_flow(server, FAILING)
    one, two = (server.post(f"{EXECUTIONS}/demo/failing?wait=true&labels=bulk:x").json()["id"] for _ in "ab")
    refused = server.post(f"{EXECUTIONS}/restart/by-ids", json=[one, "unknown0000000000000000"])
    assert refused.status_code == 400
    assert [bad["id"] for bad in refused.json()["invalids"]] == ["unknown0000000000000000"]
    assert wiring.engine.execution(one).attempt_number == 1
    body = {"executionsId": [one, two], "executionLabels": [{"key": "team", "value": "data"}]}
    assert server.post(f"{EXECUTIONS}/labels/by-ids", json=body).json()["count"] == 2
    assert wiring.engine.execution(one).labels["team"] == "data"
    replayed = server.post(f"{EXECUTIONS}/replay/by-query?labels=bulk:x&flowId=failing").json()
    assert replayed["count"] == replayed["totalItems"] == 2
    assert server.post(f"{EXECUTIONS}/replay/by-query?colour=red").status_code == 400
    assert server.post(f"{EXECUTIONS}/replay/by-query").status_code == 400
    assert server.post(f"{EXECUTIONS}/dance/by-ids", json=[one]).status_code == 404
    killing = server.request("DELETE", f"{EXECUTIONS}/kill/by-ids", json=[one])
    assert killing.status_code == 400
    deleted = server.request("DELETE", f"{EXECUTIONS}/by-ids", json=[one, two])
    assert deleted.json()["count"] == 2
    assert server.get(f"{EXECUTIONS}/{one}").status_code == 404


@pytest.mark.parametrize("path", ["kill", "actions/kill"])
def test_a_kill_that_nobody_could_be_asked_for_is_not_acknowledged(tmp_path: Path, path: str) -> None:
    settings = read_settings({"FLOWSMITH_HOME": str(tmp_path), "FLOWSMITH_EMBEDDER": "lexical"}, tmp_path)
    with (
        Wiring.open(settings) as wiring,
        TestClient(create_app(wiring), base_url="http://127.0.0.1") as client,
    ):
        assert post_flow(client, SLOW).status_code == 200
        started = client.post(f"{EXECUTIONS}/demo/slow").json()
        wiring.engine.executor.close()
        answer = client.delete(f"{EXECUTIONS}/{started['id']}/{path}")
        assert (answer.status_code, answer.json()["message"]) == (409, "The service is stopping")
