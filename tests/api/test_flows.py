import io
import zipfile

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import HELLO, post_flow, yaml_flow

FLOWS = "/api/v1/main/flows"


@pytest.fixture(scope="module", autouse=True)
def hello(client: TestClient) -> None:
    assert post_flow(client, HELLO).status_code == 200


def test_a_flow_comes_back_byte_for_byte(client: TestClient) -> None:
    flow = client.get(f"{FLOWS}/demo/hello?source=true").json()
    assert flow["source"] == HELLO
    assert flow["labels"] == [{"key": "team", "value": "data"}]
    for member in ("tenantId", "revision", "updated", "disabled", "deleted", "draft", "tasks", "inputs"):
        assert member in flow
    assert "source" not in client.get(f"{FLOWS}/demo/hello").json()


def test_a_duplicate_is_a_conflict_with_a_readable_reason(client: TestClient) -> None:
    answer = post_flow(client, HELLO)
    assert answer.status_code == 409
    body = answer.json()
    assert body["message"] == body["detail"]
    assert body["type"].endswith("/conflict")
    assert body["_embedded"] == {"errors": []}
    assert body["_links"]["self"][0]["href"] == FLOWS


def test_an_invalid_flow_says_where(client: TestClient) -> None:
    answer = post_flow(client, yaml_flow("bad").replace("log.Log", "log.Lg"))
    assert answer.status_code == 422
    body = answer.json()
    assert "io.kestra.plugin.core.log.Log" in body["message"]
    assert body["_embedded"]["errors"][0]["path"].startswith("tasks[0]")
    assert body["errors"][0]["line"] == 5


@pytest.mark.parametrize("prefix", ["/api/v1/main/flows", "/api/v1/flows", "/api/v1/flows/"])
def test_untenanted_addresses_and_slashes(client: TestClient, prefix: str) -> None:
    assert client.get(f"{prefix.rstrip('/')}/search").json()["total"] >= 1
    assert client.post(prefix, content=b"id: x").status_code == 422


def test_another_tenant_is_not_found(client: TestClient) -> None:
    answer = client.get("/api/v1/other/flows/search")
    assert answer.status_code == 404
    assert answer.json()["message"]


def test_update_adds_a_revision_only_when_something_changed(client: TestClient) -> None:
    source = yaml_flow("revised")
    assert post_flow(client, source).json()["revision"] == 1
    same = client.put(f"{FLOWS}/demo/revised", content=source)
    assert same.json()["revision"] == 1
    changed = client.put(f"{FLOWS}/demo/revised", content=source.replace("hi", "ho"))
    assert changed.json()["revision"] == 2
    revisions = client.get(f"{FLOWS}/demo/revised/revisions").json()
    assert [one["revision"] for one in revisions] == [1, 2]
    assert revisions[0]["source"] == source
    assert client.get(f"{FLOWS}/demo/revised?revision=1&source=true").json()["source"] == source


def test_update_refuses_strangers(client: TestClient) -> None:
    assert client.put(f"{FLOWS}/demo/nothing", content=yaml_flow("nothing")).status_code == 404
    assert client.put(f"{FLOWS}/demo/hello", content=yaml_flow("stranger")).status_code == 422


def test_a_deleted_flow_is_gone_and_can_come_back(client: TestClient) -> None:
    post_flow(client, yaml_flow("gone"))
    deleted = client.delete(f"{FLOWS}/demo/gone")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert client.get(f"{FLOWS}/demo/gone").status_code == 404
    assert client.delete(f"{FLOWS}/demo/gone").status_code == 404
    assert client.get(f"{FLOWS}/demo/gone?allowDeleted=true").json()["deleted"] is True
    assert post_flow(client, yaml_flow("gone")).json()["revision"] == 3


def test_validate_answers_per_document(client: TestClient) -> None:
    texts = f"{yaml_flow('one')}---\nid: [broken\n---\n{yaml_flow('three').replace('log.Log', 'nope')}"
    good, broken, bad = client.post(f"{FLOWS}/validate", content=texts).json()
    assert good == {
        "index": 0,
        "flow": "one",
        "namespace": "demo",
        "outdated": False,
        "deprecationPaths": [],
        "warnings": [],
        "infos": [],
    }
    assert broken["index"] == 1
    assert broken["constraints"]
    assert "tasks[0].type" in bad["constraints"]


def test_findings_for_an_editor(client: TestClient) -> None:
    text = yaml_flow("x").replace("message:", "mesage:")
    answer = client.post(f"{FLOWS}/validate/findings", content=text).json()
    assert answer["valid"] is False
    finding = next(one for one in answer["findings"] if one["path"].endswith("mesage"))
    assert finding["line"] == 6
    assert finding["blocking"] is True
    assert "message" in (finding["suggestion"] or finding["message"])


def test_import_takes_yaml_and_zip_and_names_the_refused(client: TestClient) -> None:
    text = f"{yaml_flow('imported')}---\n{yaml_flow('refused').replace('log.Log', 'nope')}"
    answer = client.post("/api/v1/flows/import", files={"fileUpload": ("flows.yaml", text)})
    assert (answer.status_code, answer.json()) == (200, ["demo.refused"])
    strict = client.post("/api/v1/flows/import?failOnError=true", files={"fileUpload": ("flows.yaml", text)})
    assert strict.status_code == 422
    exported = client.get(f"{FLOWS}/export/by-query?namespace=demo")
    with zipfile.ZipFile(io.BytesIO(exported.content)) as archive:
        assert archive.read("demo.hello.yml").decode() == HELLO
    again = client.post("/api/v1/flows/import", files={"fileUpload": ("flows.zip", exported.content)})
    assert again.json() == []


def test_import_without_the_file_part(client: TestClient) -> None:
    assert client.post("/api/v1/flows/import", files={"other": ("a.yaml", "x")}).status_code == 422


def test_search_by_label_and_words(client: TestClient) -> None:
    def names(query: str) -> list[str]:
        return [flow["id"] for flow in client.get(f"{FLOWS}/search?{query}").json()["results"]]

    assert names("filters[labels][EQUALS][team]=data") == ["hello"]
    assert names("q=HELLO&namespace=demo") == ["hello"]
    assert names("filters[flowId][STARTS_WITH]=hel") == ["hello"]
    assert names("namespace=dem") == []


def test_source_search_marks_the_words(client: TestClient) -> None:
    page = client.get(f"{FLOWS}/source?q=inputs.name").json()
    row = next(one for one in page["results"] if one["id"] == "hello")
    assert any("[mark]inputs.name[/mark]" in fragment for fragment in row["fragments"])


def test_bulk_saves_all_or_nothing(client: TestClient) -> None:
    bad = f"{yaml_flow('bulk1')}---\n{yaml_flow('bulk2').replace('log.Log', 'nope')}"
    assert client.post(f"{FLOWS}/bulk", content=bad).status_code == 422
    assert client.get(f"{FLOWS}/demo/bulk1").status_code == 404
    good = client.post(f"{FLOWS}/bulk", content=f"{yaml_flow('bulk1')}---\n{yaml_flow('bulk2')}")
    assert [flow["id"] for flow in good.json()] == ["bulk1", "bulk2"]


def test_a_namespace_can_be_synchronised(client: TestClient) -> None:
    first, second = (yaml_flow(name).replace("demo", "sync") for name in ("a", "b"))
    client.post(f"{FLOWS}/sync", content=f"{first}---\n{second}")
    assert [flow["id"] for flow in client.get(f"{FLOWS}/sync").json()] == ["a", "b"]
    assert client.post(f"{FLOWS}/sync", content=yaml_flow("c")).status_code == 422
    client.post(f"{FLOWS}/sync", content=second)
    assert [flow["id"] for flow in client.get(f"{FLOWS}/sync").json()] == ["b"]


def test_one_task(client: TestClient) -> None:
    assert client.get(f"{FLOWS}/demo/hello/tasks/answer").json()["format"] == "{{ inputs.name }}!"
    assert client.get(f"{FLOWS}/demo/hello/tasks/none").status_code == 404


def test_bodies_that_are_not_text(client: TestClient) -> None:
    assert client.post(FLOWS, content=b"\xff\xfe\x00").status_code == 422
