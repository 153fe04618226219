"""The page is served safely: packed, cached by its names, and with a notice where it was not built."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.page import page_folder

NOTICE = Path(__file__).parents[2] / "ui" / "notice"

built = pytest.mark.skipif(page_folder().name != "dist", reason="the page is not built: make page")


def assets(client: TestClient) -> list[str]:
    return re.findall(r'(?:src|href)="(/ui/assets/[^"]+)"', client.get("/ui/").text)


@built
def test_built_files_are_kept_for_ever_and_the_page_itself_is_asked_for(client: TestClient) -> None:
    assert "no-cache" in client.get("/ui/").headers["cache-control"]
    assert assets(client)
    for name in assets(client):
        assert "immutable" in client.get(name).headers["cache-control"]


@built
def test_texts_arrive_packed_for_those_who_can_unpack(client: TestClient) -> None:
    name = assets(client)[0]
    packed = client.get(name, headers={"Accept-Encoding": "gzip"})
    plain = client.get(name, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.headers["content-type"] == plain.headers["content-type"]
    file = page_folder() / f"{name.removeprefix('/ui/')}.gz"
    assert gzip.decompress(file.read_bytes()) == plain.content


@pytest.mark.parametrize(
    "path",
    [
        "main/executions/a/b/c",
        "main/files/demo/data/rows.json",
        "main/plugins/io.kestra.plugin.core.log.Log",
    ],
)
def test_deep_links_are_answered_by_the_page(client: TestClient, path: str) -> None:
    answer = client.get(f"/ui/{path}")
    assert answer.status_code == 200
    assert answer.text == client.get("/ui/").text


@pytest.mark.parametrize("path", ["assets/missing.js", "missing.css", "icon.png"])
def test_a_missing_file_is_missing(client: TestClient, path: str) -> None:
    assert client.get(f"/ui/{path}").status_code == 404


def test_the_notice_needs_nothing_but_its_own_files() -> None:
    text = (NOTICE / "index.html").read_text(encoding="utf-8")
    assert "make page" in text
    assert "<script" not in text
    assert "style=" not in text
    for name in re.findall(r'(?:src|href)="/ui/([^"]+)"', text):
        assert (NOTICE / name).is_file()
