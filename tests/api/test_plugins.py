from fastapi.testclient import TestClient

LOG = "io.kestra.plugin.core.log.Log"


def test_documentation_of_a_type(client: TestClient) -> None:
    answer = client.get(f"/api/v1/plugins/{LOG}")
    page = answer.json()
    assert "max-age=3600" in answer.headers["cache-control"]
    assert page["markdown"].startswith("# Log")
    assert "message" in page["schema"]["properties"]["properties"]
    assert page["schema"]["outputs"]["type"] == "object"
    unknown = client.get("/api/v1/plugins/io.kestra.plugin.core.logs.Log")
    assert unknown.status_code == 404
    assert LOG in unknown.json()["message"]


def test_the_flow_schema_is_what_editors_need(client: TestClient) -> None:
    schema = client.get("/api/v1/main/plugins/schemas/flow").json()
    assert schema["$schema"].startswith("http://json-schema.org/draft-07")
    assert schema["$ref"].startswith("#/definitions/")
    assert schema["definitions"][LOG]["properties"]["type"]["const"] == LOG
    assert client.get("/api/v1/plugins/schemas/nothing").status_code == 404
    assert client.get("/api/v1/plugins/schemas/task").json()["$ref"] == "#/definitions/task"


def test_lists(client: TestClient) -> None:
    groups = client.get("/api/v1/plugins").json()
    elements = [task["cls"] for group in groups for task in group["tasks"]]
    assert LOG in elements
    assert client.get("/api/v1/plugins/groups/subgroups").json() == groups
    assert "STRING" in {one["type"] for one in client.get("/api/v1/plugins/inputs").json()}
    assert client.get("/api/v1/plugins/triggers").json()["total"] > 0
    assert "message" in client.get("/api/v1/plugins/properties/task").json()
    assert client.get("/api/v1/plugins/icons").json()[LOG]["icon"]
    assert client.get(f"/api/v1/plugins/icons/{LOG}/icon.svg").headers["content-type"] == "image/svg+xml"


def test_the_expression_language(client: TestClient) -> None:
    assert "upper" in client.get("/api/v1/pebble/filters").json()
    functions = {one["name"]: one["arguments"] for one in client.get("/api/v1/pebble/functions").json()}
    assert "key" in functions["kv"]
