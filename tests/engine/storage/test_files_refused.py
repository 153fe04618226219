"""A place of files that cannot be used is refused at the start, with the fix and without secrets."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.engine import Engine, EngineOptions
from engine.errors import StorageError
from engine.storage.files import FileStorage
from tests.emulators.aws import REGION, Aws, aws_server
from tests.emulators.gcs import Gcs, serve

__all__ = ["aws_server"]

ROOT = Path(__file__).parents[3]
SECRET = "tell-nobody-0123456789"


@pytest.fixture(autouse=True)
def _login(aws_server: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("s3fs")
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_server.url)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAWRONG")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


@pytest.fixture
def gcs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gcs]:
    pytest.importorskip("gcsfs")
    with serve() as emulator:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator.url)
        yield emulator


def refusal(url: str, **options: object) -> str:
    with pytest.raises(StorageError) as caught:
        FileStorage(url, **options)
    assert SECRET not in str(caught.value)
    return caught.value.message


def test_a_bucket_that_does_not_exist() -> None:
    told = refusal("s3://nowhere/files")
    assert told.startswith("S3 's3://nowhere/files' cannot be used: there is no bucket 'nowhere'")
    assert told.endswith("make it, or correct FLOWSMITH_STORAGE_URL")


def test_a_bucket_that_does_not_exist_at_google(gcs: Gcs) -> None:
    told = refusal("gs://nowhere/files")
    assert "Cloud Storage 'gs://nowhere/files' cannot be used: there is no bucket 'nowhere'" in told


def test_credentials_that_are_not_known(aws_server: Aws) -> None:
    with aws_server.authenticating():
        told = refusal("s3://bucket")
    assert "the credentials were refused" in told
    assert "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in told


def test_no_credentials_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "AWS_ACCESS_KEY_ID" in refusal("s3://bucket")


def test_a_google_key_file_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gcsfs")
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    key = tmp_path / "key.json"
    key.write_text(f'{{"type": "service_account", "private_key": "{SECRET}"}}')
    told = refusal("gs://bucket", token=str(key))
    assert "GOOGLE_APPLICATION_CREDENTIALS" in told


def test_an_endpoint_that_nobody_answers_at() -> None:
    quick = {"retries": {"mode": "standard", "max_attempts": 1}}
    told = refusal("s3://bucket", endpoint_url="http://127.0.0.1:1", config_kwargs=quick)
    assert told.endswith("check the network, AWS_REGION and, for another S3 than Amazon's, AWS_ENDPOINT_URL")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            f"s3://key:{SECRET}@bucket/x",
            "holds neither names, passwords nor parameters; write s3://bucket/path",
        ),
        (f"s3://bucket/x?secret={SECRET}", "holds neither names, passwords nor parameters"),
        (f"gs://{SECRET}@bucket", "set GOOGLE_APPLICATION_CREDENTIALS"),
        ("s3://", "'s3://' names no bucket; write s3://bucket"),
        ("gs:///path", "names no bucket"),
        ("buckets://x", "write file:///folder, s3://bucket/path or gs://bucket/path"),
    ],
    ids=["s3-login", "s3-parameter", "gs-login", "s3-none", "gs-none", "unknown"],
)
def test_addresses_without_meaning(url: str, told: str) -> None:
    assert told in refusal(url)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be made" in refusal(f"file://{tmp_path}/file/folder")


@pytest.mark.parametrize(("package", "url", "extra"), [("s3fs", "s3", "s3"), ("gcsfs", "gs", "gcs")])
def test_a_package_that_is_not_installed(package: str, url: str, extra: str) -> None:
    program = (
        f"import sys; sys.modules['{package}'] = None\n"
        "from engine.errors import StorageError\n"
        "from engine.storage.files import FileStorage\n"
        f"try: FileStorage('{url}://bucket')\n"
        "except StorageError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert f"a package that is not installed: pip install 'flowsmith[{extra}]'" in done.stdout, done.stderr


def test_a_folder_needs_no_package_of_a_bucket() -> None:
    program = (
        "import sys\nfrom engine.engine import Engine\n"
        "print([name for name in ('s3fs', 'gcsfs', 'aiohttp', 'botocore') if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert done.stdout.strip() == "[]", done.stderr


def test_an_engine_does_not_start(tmp_path: Path) -> None:
    options = EngineOptions(home=tmp_path, storage_url="s3://nowhere", environment={}, in_memory=True)
    with pytest.raises(StorageError, match="there is no bucket 'nowhere'"):
        Engine.open(options)
