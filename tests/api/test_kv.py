import pytest
from fastapi.testclient import TestClient

KV = "/api/v1/main/namespaces/demo.team/kv"


def test_values_keep_their_types(client: TestClient) -> None:
    for key, text in {"text": '"abc"', "number": "1.5", "json": '{"a": null}', "day": "2026-01-02"}.items():
        answer = client.put(f"{KV}/{key}", content=text)
        assert (answer.status_code, answer.content) == (200, b"")
    assert client.get(f"{KV}/text").json()["value"] == "abc"
    assert client.get(f"{KV}/number").json() | {"updated": ""} == {
        "type": "NUMBER",
        "value": 1.5,
        "revision": 1,
        "updated": "",
    }
    assert client.get(f"{KV}/day").json()["type"] == "DATE"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "application/x-www-form-urlencoded", None]
)
def test_the_body_counts_not_its_content_type(client: TestClient, kind: str | None) -> None:
    client.put(f"{KV}/any", content='"v"', headers={"Content-Type": kind} if kind else {})
    assert client.get(f"{KV}/any").json()["value"] == "v"


def test_setting_again_adds_a_revision(client: TestClient) -> None:
    for _ in range(2):
        client.put(f"{KV}/again", content="1", headers={"description": "counter", "ttl": "PT1H"})
    assert client.get(f"{KV}/again").json()["revision"] == 2
    listed = {one["key"]: one for one in client.get(KV).json()}
    assert listed["again"]["description"] == "counter"
    assert listed["again"]["expirationDate"].endswith("Z")


def test_refusals(client: TestClient) -> None:
    assert client.get(f"{KV}/none").status_code == 404
    assert client.put(f"{KV}/-bad", content="1").status_code == 422
    assert client.put(f"{KV}/broken", content='{"a": ').status_code == 422
    assert client.put(f"{KV}/ttl", content="1", headers={"ttl": "soon"}).status_code == 422
    assert client.put(f"{KV.replace('demo.team', '_retrieval')}/a", content="1").status_code == 422
    assert client.delete(f"{KV.replace('demo.team', '_retrieval')}/a").status_code == 422


def test_an_expired_value_is_gone_for_good(client: TestClient) -> None:
    client.put(f"{KV}/short", content="1", headers={"ttl": "PT0S"})
    assert client.get(f"{KV}/short").status_code == 410
    assert "short" not in {one["key"] for one in client.get(KV).json()}


def test_delete_one_and_many(client: TestClient) -> None:
    client.put(f"{KV}/one", content="1")
    assert client.delete(f"{KV}/one").json() is True
    assert client.delete(f"{KV}/one").json() is False
    client.put(f"{KV}/two", content="2")
    answer = client.request("DELETE", KV, json={"keys": ["two", "three"]})
    assert answer.json() == {"keys": ["two"]}
    assert client.request("DELETE", KV, content="nonsense").status_code == 422


def test_listing_pages_and_inheritance(client: TestClient) -> None:
    client.put("/api/v1/namespaces/demo/kv/parent", content="1")
    assert [one["key"] for one in client.get(f"{KV}/inheritance").json()] == ["parent"]
    page = client.get("/api/v1/main/kv?filters[namespace][EQUALS]=demo&sort=key:asc").json()
    assert [one["key"] for one in page["results"]] == ["parent"]
    every = client.get("/api/v1/main/kv?size=1000").json()
    assert {one["namespace"] for one in every["results"]} <= {"demo", "demo.team"}
