"""Triggers by API: listed, switched, unlocked, backfilled."""

from __future__ import annotations

import httpx
import pytest

from tests.api.conftest import post_flow

ROOT = "/api/v1/main/triggers"


def timed(flow_id: str, trigger: str) -> str:
    return (
        f"id: {flow_id}\nnamespace: timed\ntasks:\n  - id: one\n"
        f"    type: io.kestra.plugin.core.log.Log\n    message: hi\ntriggers:\n  - id: t\n{trigger}"
    )


MONTHLY = "    type: io.kestra.plugin.core.trigger.Schedule\n    cron: '0 9 1 * *'\n"
HOOK = "    type: io.kestra.plugin.core.trigger.Webhook\n    key: abcdef\n"


def name(flow_id: str) -> dict[str, str]:
    return {"namespace": "timed", "flowId": flow_id, "triggerId": "t"}


@pytest.fixture(scope="module", autouse=True)
def flows(client: httpx.Client) -> None:
    for flow_id, trigger in (("monthly", MONTHLY), ("other", MONTHLY), ("hook", HOOK)):
        assert post_flow(client, timed(flow_id, trigger)).status_code == 200


def test_search_lists_declarations_and_states(client: httpx.Client) -> None:
    found = client.get(f"{ROOT}/search", params={"namespace": "timed", "sort": "flowId:asc"}).json()
    assert found["total"] == 3
    rows = {row["state"]["flowId"]: row for row in found["results"]}
    assert list(rows) == ["hook", "monthly", "other"]
    monthly = rows["monthly"]
    assert monthly["abstractTrigger"] == monthly["trigger"]
    assert monthly["triggerContext"] == monthly["state"]
    assert monthly["trigger"]["cron"] == "0 9 1 * *"
    assert monthly["state"]["kind"] == "SCHEDULE"
    assert monthly["state"]["nextExecutionDate"].endswith("-01T09:00:00.000000Z")
    assert monthly["state"]["disabled"] is False and monthly["state"]["locked"] is False
    by_type = client.get(f"{ROOT}/search?filters[type][ENDS_WITH]=Webhook&filters[namespace][EQUALS]=timed")
    assert [row["state"]["flowId"] for row in by_type.json()["results"]] == ["hook"]
    assert client.get(f"{ROOT}/search?filters[path][EQUALS]=x").status_code == 400


def test_the_triggers_of_a_flow_are_flat(client: httpx.Client) -> None:
    [row] = client.get(f"{ROOT}/timed/monthly").json()["results"]
    assert (row["cron"], row["triggerId"], row["id"]) == ("0 9 1 * *", "t", "t")


def test_next_dates(client: httpx.Client) -> None:
    found = client.get(f"{ROOT}/timed/monthly/t/dates?count=3").json()
    assert found["total"] == 3 and all(date[8:16] == "01T09:00" for date in found["results"])
    assert client.get(f"{ROOT}/timed/hook/t/dates").status_code == 409


def test_switching_by_both_generations(client: httpx.Client) -> None:
    old = client.put(ROOT, json={**name("other"), "disabled": True})
    assert old.json()["disabled"] is True
    new = client.put(f"{ROOT}/set-disabled", json={**name("other"), "disabled": False})
    assert new.json()["disabled"] is False
    assert "nextExecutionDate" in new.json()
    assert client.put(f"{ROOT}/set-disabled", json=name("other")).status_code == 422
    assert client.put(f"{ROOT}/set-disabled", json={**name("nothing"), "disabled": True}).status_code == 404
    many = client.post(
        f"{ROOT}/set-disabled/by-triggers", json={"triggers": [name("other")], "disabled": True}
    )
    assert many.json()["count"] == 1
    found = client.post(f"{ROOT}/set-disabled/by-query?disabled=false&flowId=other&namespace=timed")
    assert found.json()["count"] == 1
    assert client.post(f"{ROOT}/set-disabled/by-query?disabled=true").status_code == 400
    assert client.post(f"{ROOT}/set-disabled/by-query?disabled=true&strange=1").status_code == 400


def test_a_backfill_from_begin_to_end(client: httpx.Client) -> None:
    wanted = {"start": "2020-01-01T09:00:00Z", "end": "2020-12-31T00:00:00Z", "paused": True}
    created = client.put(f"{ROOT}/backfill/create", json={**name("monthly"), "backfill": wanted}).json()
    assert created["backfill"]["currentDate"] == "2020-01-01T09:00:00.000000Z"
    assert created["nextExecutionDate"] == "2020-01-01T09:00:00.000000Z"
    assert created["backfill"]["progress"] == {
        "done": 0, "running": 0, "left": 12, "total": 12, "estimated": False,
    }  # fmt: skip
    again = client.put(ROOT, json={**name("monthly"), "backfill": wanted})
    assert again.status_code == 409 and "already" in again.json()["message"]
    assert client.put(f"{ROOT}/backfill/pause", json=name("monthly")).json()["backfill"]["paused"] is True
    assert client.post(f"{ROOT}/backfill/delete", json=name("monthly")).json().get("backfill") is None
    assert client.put(f"{ROOT}/backfill/unpause", json=name("monthly")).status_code == 409
    count = client.post(f"{ROOT}/backfill/delete/by-triggers", json=[name("monthly")]).json()
    assert (count["count"], count["totalItems"]) == (0, 1)


@pytest.mark.parametrize(
    ("flow_id", "backfill", "status", "reason"),
    [
        ("monthly", {"start": "2021-01-01T00:00:00Z", "end": "2020-01-01T00:00:00Z"}, 422, "after the end"),
        ("monthly", {"end": "2020-01-01T00:00:00Z"}, 422, "start"),
        ("monthly", {"start": "soon"}, 422, "soon"),
        ("hook", {"start": "2021-01-01T00:00:00Z"}, 409, "no schedule"),
    ],
)
def test_backfills_that_cannot_be(
    client: httpx.Client, flow_id: str, backfill: dict[str, str], status: int, reason: str
) -> None:
    answer = client.put(ROOT, json={**name(flow_id), "backfill": backfill})
    assert answer.status_code == status
    assert reason in answer.json()["message"]


def test_unlocking_deleting_and_export(client: httpx.Client) -> None:
    unlocked = client.post(f"{ROOT}/timed/monthly/t/unlock")
    assert unlocked.status_code == 409 and "not locked" in unlocked.json()["message"]
    assert client.post(f"{ROOT}/unlock/by-triggers", json=[name("monthly")]).json()["count"] == 0
    assert client.post(f"{ROOT}/timed/monthly/t/restart").json()["triggerId"] == "t"
    assert client.delete(f"{ROOT}/timed/monthly/t").status_code == 409
    assert client.delete(f"{ROOT}/timed/nothing/t").status_code == 404
    text = client.get(f"{ROOT}/export/by-query/csv?namespace=timed").text
    assert text.splitlines()[0].startswith("namespace,flowId,triggerId")
    assert len(text.splitlines()) == 4


def test_secret_inputs_of_a_backfill_are_masked(client: httpx.Client) -> None:
    inputs = "inputs:\n  - {id: password, type: SECRET, required: false}\n  - {id: taxi, type: STRING}\n"
    source = timed("secretive", MONTHLY + "    inputs: {taxi: green}\n") + inputs
    assert post_flow(client, source).status_code == 200
    wanted = {"start": "2020-01-01T09:00:00Z", "paused": True, "inputs": {"password": "hush", "taxi": "fhv"}}
    created = client.put(f"{ROOT}/backfill/create", json={**name("secretive"), "backfill": wanted})
    assert created.json()["backfill"]["inputs"] == {"password": "******", "taxi": "fhv"}
    listed = client.get(f"{ROOT}/timed/secretive").text
    assert "fhv" in listed and "hush" not in listed
    assert client.post(f"{ROOT}/backfill/delete", json=name("secretive")).status_code == 200


def test_a_schedule_that_never_happens_is_refused_with_the_reason(client: httpx.Client) -> None:
    answer = post_flow(client, timed("never", MONTHLY.replace("0 9 1 * *", "0 9 31 2 *")))
    assert answer.status_code == 422
    assert "never happens" in answer.text
