"""One contract for files in a folder, in an S3 bucket and in a Cloud Storage bucket."""

from __future__ import annotations

import gc
import io
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ForbiddenPath, NotFound
from engine.storage.bucket import PART_BYTES, Bucket
from engine.storage.file_cache import FileCache
from engine.storage.files import FileStorage
from tests.emulators.aws import KEYS, REGION, Aws, aws_server
from tests.emulators.gcs import serve

__all__ = ["aws_server"]

pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")
ROOT = Path(__file__).parents[3]
BUCKET = "flowsmith-files"
_NUMBER = itertools.count()


@dataclass(frozen=True)
class Place:
    """A bucket of an emulator, and the options that reach it."""

    url: str
    options: dict[str, Any]


@pytest.fixture(scope="module")
def s3_place(aws_server: Aws) -> Place:
    pytest.importorskip("s3fs")
    aws_server.reset()
    aws_server.client("s3").create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    login = {"key": KEYS["accessKeyId"], "secret": KEYS["secretKeyId"]}
    options = {"endpoint_url": aws_server.url, **login, "client_kwargs": {"region_name": REGION}}
    return Place(f"s3://{BUCKET}/some/place", options)


@pytest.fixture(scope="module")
def gcs_place() -> Iterator[Place]:
    pytest.importorskip("gcsfs")
    with serve() as emulator:
        emulator.storage.create_bucket(BUCKET, {"name": BUCKET})
        yield Place(f"gs://{BUCKET}/some/place", {"token": "anon", "endpoint_url": emulator.url})


@pytest.fixture(scope="module")
def s3(s3_place: Place) -> Iterator[FileStorage]:
    files = FileStorage(s3_place.url, **s3_place.options)
    yield files
    files.close()


@pytest.fixture(scope="module")
def gcs(gcs_place: Place) -> Iterator[FileStorage]:
    files = FileStorage(gcs_place.url, **gcs_place.options)
    yield files
    files.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> FileStorage:
    return FileStorage(f"file://{tmp_path_factory.mktemp('files')}")


@pytest.fixture(params=["folder", "s3", "gcs"])
def files(request: pytest.FixtureRequest) -> FileStorage:
    found: FileStorage = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def base() -> str:
    """A folder of its own for each test."""
    return f"test-{next(_NUMBER)}"


def paths(files: FileStorage, folder: str) -> list[str]:
    return [one.path.removeprefix(f"{folder}/") for one in files.walk(folder)]


def test_what_is_written_is_read(files: FileStorage, base: str, tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(b"from a path")
    assert files.put(f"{base}/a b/ü.txt", b"bytes") == 5
    assert files.put(f"{base}/open", io.BytesIO(b"from a file")) == 11
    assert files.put(f"{base}/path", tmp_path / "here") == 11
    assert files.put(f"{base}/empty", b"") == 0
    assert files.put(f"{base}/empty-too", io.BytesIO()) == 0
    assert files.read(f"{base}/a b/ü.txt") == b"bytes"
    assert files.read(f"{base}/open") == b"from a file"
    assert files.read(f"{base}/path") == b"from a path"
    assert files.read(f"{base}/empty") == files.read(f"{base}/empty-too") == b""


def test_a_reader_seeks_and_reads_lines(files: FileStorage, base: str) -> None:
    files.put(f"{base}/lines", b"one\ntwo\nthree\n")
    with files.open(f"{base}/lines") as file:
        assert list(file) == [b"one\n", b"two\n", b"three\n"]
        assert (file.seek(4), file.read(3), file.tell()) == (4, b"two", 7)
        assert (file.seek(-6, io.SEEK_END), file.read()) == (8, b"three\n")


def test_a_file_that_is_replaced_or_removed_is_never_read_from_a_copy(files: FileStorage, base: str) -> None:
    path = f"{base}/daily.sql"
    files.put(path, b"select 1")
    assert files.read(path) == b"select 1"
    with files.open(path) as before:
        files.put(path, b"select 2")
        assert files.read(path) == b"select 2"
        assert before.read() in (b"select 1", b"select 2")
    files.delete(path)
    with pytest.raises(NotFound):
        files.open(path)


def test_large_files_are_streamed_both_ways(files: FileStorage, base: str) -> None:
    size = PART_BYTES * 2 + 12345
    assert files.put(f"{base}/large", Repeated(size)) == size
    assert files.info(f"{base}/large").size == size
    with files.open(f"{base}/large") as file:
        read = 0
        while piece := file.read(1 << 20):
            assert piece.strip(b"x") == b""
            read += len(piece)
    assert read == size


MEMORY = """\
import json, sys, tracemalloc
from engine.storage.bucket import PART_BYTES, Bucket
from engine.storage.file_cache import FileCache
from tests.engine.storage.test_files import Repeated
files = Bucket(sys.argv[1], json.loads(sys.argv[2]), FileCache(max_bytes=PART_BYTES))
files.put("first", b"everything is imported")
tracemalloc.start()
size = 5 * PART_BYTES
files.put("large", Repeated(size))
with files.open("large") as file:
    while file.read(1 << 20):
        pass
    assert file.tell() == size
print(tracemalloc.get_traced_memory()[1] / PART_BYTES)
files.delete("large")
files.close()
"""


def test_a_process_never_holds_a_large_file(s3_place: Place) -> None:
    command = [sys.executable, "-c", MEMORY, s3_place.url, json.dumps(s3_place.options)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 4  # parts: one being filled, one being sent, and a copy of it on the way


@pytest.mark.parametrize("kind", ["s3", "gcs"])
def test_a_file_too_large_for_a_copy_is_read_from_the_bucket(
    kind: str, request: pytest.FixtureRequest, base: str
) -> None:
    place: Place = request.getfixturevalue(f"{kind}_place")
    cache = FileCache(max_bytes=PART_BYTES)
    bucket = Bucket(place.url, place.options, cache)
    size = PART_BYTES + 123
    bucket.put(f"{base}/large", Repeated(size))  # type: ignore[arg-type]
    with bucket.open(f"{base}/large") as file:
        assert (file.seek(-3, io.SEEK_END), file.read()) == (size - 3, b"xxx")
        assert (file.seek(0), len(file.read())) == (0, size)
    assert cache.size == 0
    bucket.close()


class Repeated(io.RawIOBase):
    """A content that is nowhere in memory; `broken_at` is where reading it fails."""

    def __init__(self, size: int, broken_at: int | None = None) -> None:
        self._left = size
        self._until_broken = broken_at

    def readable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        if self._until_broken is not None:
            self._until_broken -= count
            if self._until_broken < 0:
                raise ValueError("the source broke off")
        count = min(count, self._left)
        self._left -= count
        return b"x" * count


@pytest.mark.parametrize("broken_at", [0, PART_BYTES * 2 + 1], ids=["at-once", "after-two-parts"])
def test_a_content_that_breaks_off_leaves_nothing(files: FileStorage, base: str, broken_at: int) -> None:
    files.put(f"{base}/known", b"the former")
    for name in ("new", "known"):
        with pytest.raises(ValueError, match="broke off"):
            files.put(f"{base}/{name}", Repeated(PART_BYTES * 3, broken_at))
    gc.collect()  # an abandoned upload would be finished here
    assert paths(files, base) == ["known"]
    assert files.read(f"{base}/known") == b"the former"


def test_folders_are_listed_by_name(files: FileStorage, base: str) -> None:
    for name in ("b/2.txt", "a.txt", "b/1.txt", "b/deep/3.txt", "movie.part"):
        files.put(f"{base}/{name}", b"12")
    listed = files.list(base)
    assert [(one.path.removeprefix(f"{base}/"), one.folder) for one in listed] == [
        ("a.txt", False),
        ("b", True),
        ("movie.part", False),
    ]
    assert paths(files, base) == ["a.txt", "b/1.txt", "b/2.txt", "b/deep/3.txt", "movie.part"]
    assert listed[0].size == 2
    assert abs(listed[0].modified - datetime.now(UTC)) < timedelta(hours=1)
    assert files.list(f"{base}/none") == files.list(f"{base}/a.txt") == []
    assert paths(files, f"{base}/none") == []
    assert base in {one.path for one in files.list("")}


def test_a_folder_that_was_made_is_there_without_files(files: FileStorage, base: str) -> None:
    files.make_folder(f"{base}/empty/deep")
    assert [one.path for one in files.list(base)] == [f"{base}/empty"]
    assert files.info(f"{base}/empty/deep").folder
    assert files.exists(f"{base}/empty/deep")
    assert files.list(f"{base}/empty/deep") == []
    assert paths(files, base) == []
    files.make_folder(f"{base}/empty/deep")
    assert files.delete(f"{base}/empty") is True
    assert not files.exists(f"{base}/empty")


def test_files_and_folders_move(files: FileStorage, base: str) -> None:
    files.put(f"{base}/a/1.txt", b"1")
    files.put(f"{base}/a/b/2.txt", b"2")
    files.put(f"{base}/ab.txt", b"not in a")
    files.move(f"{base}/a", f"{base}/new/place")
    files.move(f"{base}/ab.txt", f"{base}/c.txt")
    assert paths(files, base) == ["c.txt", "new/place/1.txt", "new/place/b/2.txt"]
    assert files.read(f"{base}/new/place/b/2.txt") == b"2"
    with pytest.raises(NotFound, match=f"kestra:///{base}/a does not exist"):
        files.move(f"{base}/a", f"{base}/z")


def test_a_folder_is_deleted_with_everything_in_it_and_nothing_else(files: FileStorage, base: str) -> None:
    for name in ("run/1", "run/tasks/2", "run-2/3"):
        files.put(f"{base}/{name}", b"x")
    assert files.delete(f"{base}/run") is True
    assert files.delete(f"{base}/run") is False
    assert paths(files, base) == ["run-2/3"]
    assert not files.exists(f"{base}/run")
    assert files.exists(f"{base}/run-2")


def test_what_is_not_there_is_not_found(files: FileStorage, base: str) -> None:
    files.put(f"{base}/folder/file", b"")
    for path in (f"{base}/none", f"{base}/folder"):
        with pytest.raises(NotFound, match=f"File kestra:///{path} does not exist"):
            files.open(path)
    with pytest.raises(NotFound):
        files.info(f"{base}/none")
    assert not files.exists(f"{base}/none")


@pytest.mark.parametrize("path", ["../other", "a/../../b", "a\\b", "a\0b"])
def test_no_path_leaves_the_root(files: FileStorage, path: str) -> None:
    with pytest.raises(ForbiddenPath):
        files.put(path, b"x")
    with pytest.raises(ForbiddenPath):
        files.open(path)


def test_only_a_folder_has_places_on_this_machine(
    folder: FileStorage, s3: FileStorage, gcs: FileStorage
) -> None:
    folder.put("here", b"x")
    place = folder.local_path("here")
    assert place is not None
    assert place.read_bytes() == b"x"
    assert s3.local_path("here") is gcs.local_path("here") is None


def test_an_upload_that_broke_off_leaves_no_parts_in_the_bucket(
    s3: FileStorage, aws_server: Aws, base: str
) -> None:
    with pytest.raises(ValueError, match="broke off"):
        s3.put(f"{base}/large", Repeated(PART_BYTES * 3, PART_BYTES * 2 + 1))
    assert "Uploads" not in aws_server.client("s3").list_multipart_uploads(Bucket=BUCKET)


def test_other_addresses_of_fsspec_work_as_well(base: str) -> None:
    files = FileStorage(f"memory://{base}")
    files.put("a/b.txt", b"x")
    assert (files.read("a/b.txt"), paths(files, "a")) == (b"x", ["b.txt"])
    assert files.delete("a")
