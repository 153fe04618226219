"""The gate over a real socket: who gets in, who may do what."""

from __future__ import annotations

import base64
import socket
import threading
from pathlib import Path

import httpx
import pytest

from api.security.audit import Wanted
from api.security.login import FAILURES_OF_A_NAME
from api.settings import read_settings
from api.wiring import Wiring
from tests.api.conftest import post_flow, yaml_flow
from tests.api.security.conftest import (
    EDITOR,
    KEY,
    OPERATOR,
    PASSWORD,
    VIEWER,
    as_user,
    open_wiring,
    served,
    with_token,
)

MAIN = "/api/v1/main"
HOOK = f"{MAIN}/executions/webhook/demo/hooked/{KEY}"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{MAIN}/flows/search"),
        ("GET", "/api/v1/flows/search"),
        ("GET", "/api/v1/configs"),
        ("GET", "/api/v1/openapi.json"),
        ("GET", "/prometheus"),
        ("POST", "/mcp"),
        ("POST", f"{MAIN}/flows"),
        ("GET", f"{MAIN}/nothing"),
        ("OPTIONS", f"{MAIN}/flows"),
    ],
)
def test_nobody_gets_a_readable_401(nobody: httpx.Client, method: str, path: str) -> None:
    answer = nobody.request(method, path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Basic"
    body = answer.json()
    assert body["message"] == body["detail"] and "password" in body["message"]
    assert body["type"].endswith("/unauthenticated")


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic %%%", "Basic bm9jb2xvbg==", "Bearer", "Bearer flowsmith_x_y", "Digest a", "\xff"],
)
def test_broken_credentials_are_nobodys(nobody: httpx.Client, header: str) -> None:
    headers = {"Authorization": header.encode("latin-1")}
    assert nobody.get("/api/v1/configs", headers=headers).status_code == 401


def test_the_login_page_gets_no_browser_prompt(nobody: httpx.Client) -> None:
    answer = nobody.get("/api/v1/configs", headers={"Referer": "http://127.0.0.1/ui/login"})
    assert answer.status_code == 401 and "www-authenticate" not in answer.headers


def test_some_addresses_are_open(nobody: httpx.Client) -> None:
    for path in ("/ping", "/health", "/api/v1/configs/login", "/ui/"):
        assert nobody.get(path).status_code == 200
    assert nobody.post(HOOK).status_code == 200
    assert nobody.post(f"{HOOK}x").status_code == 404


@pytest.mark.parametrize("who", [OPERATOR, EDITOR, VIEWER], ids=["admin", "editor", "viewer"])
def test_everybody_reads(url: str, who: tuple[str, str]) -> None:
    with as_user(url, who) as client:
        for path in ("flows/search", "executions/search", "logs/search", "triggers/search", "kv"):
            assert client.get(f"{MAIN}/{path}").status_code == 200
        check = client.post(f"{MAIN}/flows/validate", content=yaml_flow("one").encode())
        assert check.status_code == 200


def test_roles_may_what_their_permissions_say(
    admin: httpx.Client, editor: httpx.Client, viewer: httpx.Client
) -> None:
    assert {client.get("/api/v1/me").json()["role"] for client in (admin, editor, viewer)} == {
        "admin",
        "editor",
        "viewer",
    }
    refused = post_flow(viewer, yaml_flow("by-viewer"))
    assert refused.status_code == 403
    assert refused.json()["message"] == (
        "Forbidden: this needs the permission write, which the role viewer has not"
    )
    assert refused.json()["type"].endswith("/forbidden")
    assert admin.get(f"{MAIN}/flows/demo/by-viewer").status_code == 404
    assert post_flow(editor, yaml_flow("by-editor")).status_code == 200
    run = viewer.post(f"{MAIN}/executions/demo/by-editor")
    assert run.status_code == 403 and "permission run" in run.json()["message"]
    assert editor.post(f"{MAIN}/executions/demo/by-editor").status_code == 200
    for client in (editor, viewer):
        for path in ("accounts", "audits", "copilot/audit", "nothing"):
            assert client.get(f"{MAIN}/{path}").status_code == 403
    assert admin.get(f"{MAIN}/nothing").status_code == 404
    assert admin.patch(f"{MAIN}/flows").status_code == 405


def test_a_refused_upload_is_refused_before_it_is_read(url: str) -> None:
    host, _, port = url.removeprefix("http://").partition(":")
    login = base64.b64encode(":".join(VIEWER).encode()).decode()
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(
            f"POST {MAIN}/namespaces/demo/files?path=/big HTTP/1.1\r\nHost: {host}\r\n"
            f"Authorization: Basic {login}\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            "Content-Length: 1000000000\r\n\r\n".encode()
        )
        assert line.recv(100).startswith(b"HTTP/1.1 403")


def test_what_makes_router_and_table_disagree_is_refused(nobody: httpx.Client, editor: httpx.Client) -> None:
    odd = f"{MAIN}/executions/webhook/actions/eval/x%0Ay"
    assert nobody.post(odd, content="{{ 1 }}").status_code == 400
    assert editor.post(odd, content="{{ 1 }}").status_code == 400


def test_another_password_ends_the_old_one_at_once(url: str, admin: httpx.Client) -> None:
    body = {"name": "change@example.com", "role": "viewer", "password": PASSWORD}
    assert admin.post(f"{MAIN}/accounts", json=body).status_code == 201
    with (
        as_user(url, (body["name"], PASSWORD)) as before,
        as_user(url, (body["name"], "x" + PASSWORD)) as after,
    ):
        assert before.get("/api/v1/me").status_code == 200
        assert after.get("/api/v1/me").status_code == 401
        own = {"current": PASSWORD, "password": "x" + PASSWORD}
        assert before.put("/api/v1/me/password", json={**own, "current": "no"}).status_code == 422
        assert before.put("/api/v1/me/password", json=own).status_code == 204
        assert before.get("/api/v1/me").status_code == 401
        assert after.get("/api/v1/me").status_code == 200
        assert admin.delete(f"{MAIN}/accounts/{body['name']}").status_code == 204
        assert after.get("/api/v1/me").status_code == 401


def test_a_role_counts_at_once(url: str, admin: httpx.Client) -> None:
    name = "rise@example.com"
    admin.post(f"{MAIN}/accounts", json={"name": name, "role": "viewer", "password": PASSWORD})
    with as_user(url, (name, PASSWORD)) as client:
        assert post_flow(client, yaml_flow("risen")).status_code == 403
        assert admin.put(f"{MAIN}/accounts/{name}", json={"role": "editor"}).status_code == 200
        assert post_flow(client, yaml_flow("risen")).status_code == 200


def test_guessing_is_slowed_down_for_the_name_and_the_address(tmp_path: Path) -> None:
    with open_wiring(tmp_path) as wiring, served(wiring) as url:
        with as_user(url, ("victim", "wrong password")) as client:
            answers = [client.get("/api/v1/configs") for _ in range(FAILURES_OF_A_NAME + 1)]
        assert [answer.status_code for answer in answers] == [401] * FAILURES_OF_A_NAME + [429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 300
        assert "try again" in answers[-1].json()["message"]
        with as_user(url, OPERATOR) as client:
            assert client.get("/api/v1/configs").status_code == 200
        # From another address of this machine the same name is free.
        transport = httpx.HTTPTransport(local_address="127.0.0.2")
        with httpx.Client(base_url=url, transport=transport, auth=("victim", "wrong")) as other:
            assert other.get("/api/v1/configs").status_code == 401
        assert (
            wiring.security.audit.page(Wanted(actor="victim", outcome="refused"), 0, 100).total
            == FAILURES_OF_A_NAME + 1
        )


def test_an_address_cannot_be_claimed(nobody: httpx.Client, admin: httpx.Client) -> None:
    wrong = {"X-Forwarded-For": "203.0.113.9", "Authorization": "Basic Y2xhaW1lcjp3cm9uZw=="}
    assert nobody.get("/api/v1/configs", headers=wrong).status_code == 401
    rows = admin.get(f"{MAIN}/audits", params={"actor": "claimer"}).json()["results"]
    assert [row["address"] for row in rows] == ["127.0.0.1"]


def test_a_proxy_that_is_named_is_believed(tmp_path: Path) -> None:
    with open_wiring(tmp_path, FLOWSMITH_TRUSTED_PROXIES="127.0.0.1") as wiring, served(wiring) as url:
        with as_user(url, ("claimer", "wrong")) as client:
            client.get("/api/v1/configs", headers={"X-Forwarded-For": "203.0.113.9"})
        (row,) = wiring.security.audit.page(Wanted(actor="claimer"), 0, 10).results
        assert row.address == "203.0.113.9"


def test_many_requests_at_once_with_the_right_password_all_pass(url: str) -> None:
    found = []

    def ask() -> None:
        with as_user(url, EDITOR) as client:
            found.append(client.get("/api/v1/me").status_code)

    threads = [threading.Thread(target=ask) for _ in range(3 * FAILURES_OF_A_NAME)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * len(threads)


def test_a_service_without_a_login_is_open_to_this_machine_only(tmp_path: Path) -> None:
    settings = read_settings({"FLOWSMITH_HOME": str(tmp_path), "FLOWSMITH_PORT": "0"}, tmp_path)
    with Wiring.open(settings) as wiring, served(wiring) as url, with_token(url, "unused") as client:
        assert client.get("/api/v1/me").json() == {
            "name": "local",
            "role": "admin",
            "permissions": ["read", "run", "write", "admin", "person"],
            "via": "open",
        }
        body = {"name": "a@example.com", "role": "admin", "password": PASSWORD}
        for path, sent in (("accounts", body), ("tokens", {"name": "ci"})):
            refused = client.post(f"{MAIN}/{path}", json=sent)
            assert refused.status_code == 409 and "FLOWSMITH_USERNAME" in refused.json()["message"]
        assert client.get("/api/v1/me", headers={"Host": "evil.example"}).status_code == 403
