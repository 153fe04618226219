import io
import zipfile

import pytest
from fastapi.testclient import TestClient

FILES = "/api/v1/main/namespaces/files.test/files"


def put(client: TestClient, path: str, content: bytes, name: str = "upload") -> int:
    answer = client.post(FILES, params={"path": path}, files={"fileContent": (name, content)})
    return answer.status_code


def test_files_are_written_listed_moved_and_removed(client: TestClient) -> None:
    assert put(client, "/sql/daily.sql", b"select 1") == 200
    answer = client.get(FILES, params={"path": "sql/daily.sql"})
    assert (answer.content, answer.headers["cache-control"]) == (b"select 1", "no-cache")
    listed = client.get(f"{FILES}/directory").json()
    assert [(one["fileName"], one["type"]) for one in listed] == [("sql", "Directory")]
    stats = client.get(f"{FILES}/stats", params={"path": "/sql/daily.sql"}).json()
    assert (stats["size"], stats["type"]) == (8, "File")
    assert client.put(FILES, params={"from": "/sql/daily.sql", "to": "/old/d.sql"}).status_code == 200
    assert client.get(f"{FILES}/search", params={"q": "d.sql"}).json() == ["/old/d.sql"]
    assert client.delete(FILES, params={"path": "/old"}).status_code == 204
    assert client.get(FILES, params={"path": "/old/d.sql"}).status_code == 404
    assert client.delete(FILES, params={"path": "/old"}).status_code == 404


@pytest.mark.parametrize("path", ["/../x", "a/../../x", "..", "/", "x" * 300, "a\\..\\b"])
def test_paths_that_leave_or_do_not_fit(client: TestClient, path: str) -> None:
    assert put(client, path, b"x") == 422


def test_a_namespace_cannot_climb(client: TestClient) -> None:
    answer = client.get("/api/v1/main/namespaces/..%2F..%2Fetc/files?path=/passwd")
    assert answer.status_code in (404, 422)


def test_a_zip_is_unpacked_and_the_export_can_be_read(client: TestClient) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a/one.txt", "1")
        archive.writestr("two.txt", "2")
    assert put(client, "/pack/files.zip", buffer.getvalue(), "files.zip") == 200
    exported = client.get(f"{FILES}/export")
    with zipfile.ZipFile(io.BytesIO(exported.content)) as archive:
        assert {"pack/a/one.txt", "pack/two.txt"} <= set(archive.namelist())


def test_folders(client: TestClient) -> None:
    assert client.post(f"{FILES}/directory", params={"path": "/empty"}).status_code == 200
    assert "empty" in {one["fileName"] for one in client.get(f"{FILES}/directory").json()}


def test_the_content_part_is_needed(client: TestClient) -> None:
    assert client.post(f"{FILES}?path=/x", files={"other": ("x", b"x")}).status_code == 422
