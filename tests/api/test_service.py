import re

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import read_settings
from api.wiring import Wiring


def test_configs_read_like_a_version_one_server(client: TestClient) -> None:
    for path in ("/api/v1/configs", "/api/v1/main/configs"):
        configs = client.get(path).json()
        assert configs["version"].split(".")[0] == "1"
        assert configs["systemNamespace"] == "system"
        assert configs["hiddenLabelsPrefixes"] == ["system.", "internal."]
        assert configs["isBasicAuthInitialized"] is False


def test_ping_and_health(client: TestClient) -> None:
    assert client.get("/ping").text == "pong"
    assert client.get("/health").json() == {"status": "UP"}


def test_browsers_are_sent_to_the_page(client: TestClient) -> None:
    answer = client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/ui/")
    assert client.get("/ui/").text == client.get("/ui/main/executions/a/b/c").text
    assert "<title>Flowsmith</title>" in client.get("/ui/").text


def test_the_page_has_no_inline_code_and_loads_from_nowhere_else(client: TestClient) -> None:
    text = client.get("/ui/").text
    assert "<script>" not in text
    assert "style=" not in text
    assert " onclick=" not in text
    assert "http://" not in text
    assert "https://" not in text
    names = re.findall(r'(?:src|href)="/ui/([^"]+)"', text)
    assert any(name.endswith(".css") for name in names)
    for name in names:
        assert client.get(f"/ui/{name}").status_code == 200
    assert client.get("/ui/missing.js").status_code == 404
    assert client.get("/ui/..%2f..%2fpyproject.toml").status_code in (200, 404)
    assert "hatchling" not in client.get("/ui/..%2f..%2fpyproject.toml").text


def test_unknown_routes_and_methods_answer_readable_errors(client: TestClient) -> None:
    for method, path, status in (
        ("GET", "/api/v1/main/nothing", 404),
        ("GET", "/nothing", 404),
        ("PATCH", "/api/v1/main/flows/search", 405),
    ):
        answer = client.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert body["status"] == status
        assert body["message"]


def test_a_login_guards_everything_but_the_open_paths(wiring: Wiring) -> None:
    settings = read_settings({"FLOWSMITH_USERNAME": "a@b.c", "FLOWSMITH_PASSWORD": "Secret1!"})
    guarded = Wiring(settings, wiring.engine)
    with TestClient(create_app(guarded), base_url="http://any.example") as client:
        assert client.get("/api/v1/main/flows/search").status_code == 401
        assert client.get("/api/v1/configs").status_code == 401
        assert client.get("/api/v1/openapi.json").status_code == 401
        assert client.get("/api/v1/configs/login").json() == {"isBasicAuthInitialized": True}
        assert client.get("/api/v1/flows/search", auth=("a@b.c", "Secret1!")).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/main/flows/{namespace}/{flow_id}", "/api/v1/main/copilot/draft"])
def test_the_description_of_the_interface_is_complete(client: TestClient, path: str) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert path in described["paths"]
    operations = [
        operation
        for methods in described["paths"].values()
        for operation in methods.values()
        if not operation.get("summary")
    ]
    assert operations == []
