"""Other sites, strange paths, large bodies: with a login, over a real socket."""

from __future__ import annotations

import http.client
from pathlib import Path

import httpx
import pytest

from api.guard import MAX_TEXT_BYTES
from api.opening import open_engine
from api.security.security import open_security
from api.settings import read_settings
from tests.api.security.conftest import HOOKED

MAIN = "/api/v1/main"
EVIL = {"Origin": "https://evil.example"}


def test_no_other_site_may_read_an_answer(admin: httpx.Client, nobody: httpx.Client) -> None:
    answers = [
        admin.get(f"{MAIN}/flows/search", headers=EVIL),
        nobody.get("/ping", headers=EVIL),
        nobody.options(
            f"{MAIN}/flows",
            headers={**EVIL, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x"},
        ),
    ]
    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answers[-1].status_code == 401


@pytest.mark.parametrize("headers", [EVIL, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_page_of_another_site_cannot_use_the_login_of_the_browser(
    admin: httpx.Client, headers: dict[str, str]
) -> None:
    for method, path in (
        ("POST", f"{MAIN}/tokens"),
        ("DELETE", f"{MAIN}/flows/demo/hooked"),
        ("POST", "/mcp"),
    ):
        answer = admin.request(method, path, headers=headers, json={"name": "x"})
        assert answer.status_code == 403 and "another site" in answer.json()["message"]
    assert admin.get(f"{MAIN}/flows/demo/hooked").status_code == 200
    assert "x" not in [row["name"] for row in admin.get(f"{MAIN}/tokens").json()["results"]]


@pytest.mark.parametrize(
    "path",
    [
        "/ui/../../pyproject.toml",
        "/ui/%2e%2e/%2e%2e/pyproject.toml",
        "/ui/..%2f..%2fpyproject.toml",
        "/ui//etc/passwd",
        "/ui/%2fetc%2fpasswd",
        "/ui/..\\..\\pyproject.toml",
    ],
)
def test_no_path_leaves_the_page(url: str, path: str) -> None:
    host, _, port = url.removeprefix("http://").partition(":")
    line = http.client.HTTPConnection(host, int(port), timeout=10)
    try:
        # As it is written: clients would tidy it up first.
        line.putrequest("GET", path, skip_host=False)
        line.endheaders()
        text = line.getresponse().read()
    finally:
        line.close()
    assert b"[project]" not in text and b"root:" not in text


@pytest.mark.parametrize("path", ["../x", "/../../x", "/a/../../x", "..", "\x00"])
def test_no_path_leaves_the_files_of_a_namespace(admin: httpx.Client, path: str) -> None:
    for method in ("GET", "DELETE"):
        assert admin.request(method, f"{MAIN}/namespaces/demo/files", params={"path": path}).status_code in (
            404,
            422,
        )
    sent = {"fileContent": ("x", b"out")}
    answer = admin.post(f"{MAIN}/namespaces/demo/files", params={"path": path}, files=sent)
    assert answer.status_code == 422


@pytest.mark.parametrize("tail", ["/../_accounts", "%2f..%2f_accounts", "%00", "_accounts"])
def test_no_namespace_leaves_its_place(admin: httpx.Client, tail: str) -> None:
    assert admin.get(f"{MAIN}/namespaces/{tail}/kv").status_code in (400, 404, 422)


def test_a_body_that_is_too_large_is_refused(admin: httpx.Client) -> None:
    answer = admin.post(f"{MAIN}/flows", content=b"x" * (MAX_TEXT_BYTES + 1))
    assert answer.status_code == 413 and "16 MB" in answer.json()["message"]


def test_every_answer_carries_the_safe_headers(admin: httpx.Client, nobody: httpx.Client) -> None:
    for answer in (
        nobody.get("/api/v1/configs"),
        nobody.get("/ui/"),
        admin.get(f"{MAIN}/flows/demo/hooked"),
        admin.get(f"{MAIN}/nothing"),
        admin.post(f"{MAIN}/flows", content=HOOKED.encode()),
    ):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"


def test_what_is_downloaded_is_never_shown_as_a_page(admin: httpx.Client) -> None:
    page = {"fileContent": ("x.html", b"<script>alert(1)</script>")}
    admin.post(f"{MAIN}/namespaces/demo/files", params={"path": "/x.html"}, files=page)
    answer = admin.get(f"{MAIN}/namespaces/demo/files", params={"path": "/x.html"})
    assert answer.status_code == 200 and "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_new_data_folder_is_the_owners_alone(tmp_path: Path) -> None:
    for name, opened in (("engine", open_engine), ("accounts", open_security)):
        settings = read_settings({"FLOWSMITH_HOME": str(tmp_path / name)}, tmp_path)
        with opened(settings):
            assert (tmp_path / name).stat().st_mode & 0o777 == 0o700
    (tmp_path / "shared").mkdir(mode=0o750)
    with open_security(read_settings({"FLOWSMITH_HOME": str(tmp_path / "shared")}, tmp_path)):
        assert (tmp_path / "shared").stat().st_mode & 0o777 == 0o750
