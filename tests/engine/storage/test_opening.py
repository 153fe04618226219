from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import StorageError
from engine.storage.memory import MemoryStore
from engine.storage.opening import open_store
from engine.storage.sqlite import SqliteStore


@pytest.mark.parametrize("url", [None, ""])
def test_without_an_address_the_file_is_in_the_data_folder(tmp_path: Path, url: str | None) -> None:
    store = open_store(url, tmp_path)
    assert isinstance(store, SqliteStore)
    store.close()
    assert (tmp_path / "flowsmith.db").exists()


def test_an_sqlite_address_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(f"sqlite:///{tmp_path}/absolute.db", tmp_path).close()
    assert (tmp_path / "absolute.db").exists()
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///relative.db", tmp_path / "home").close()
    assert (tmp_path / "relative.db").exists()


def test_memory_is_an_address(tmp_path: Path) -> None:
    assert isinstance(open_store("memory:", tmp_path), MemoryStore)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://user:secret@127.0.0.1:1/db", r"'db' on 127\.0\.0\.1:1 cannot be reached"),
        ("postgres://user@no-such-host.invalid/db", "cannot be found by its host name"),
        ("postgresql://user:p%ZZ@host/db", "address cannot be read; write postgresql://"),
        ("mysql://host/db", "'mysql:' is not known"),
        ("sqlite:///", "'sqlite:' is not known"),
        ("flowsmith.db", "not known"),
    ],
)
def test_other_addresses_are_refused_with_the_fix(tmp_path: Path, url: str, told: str) -> None:
    with pytest.raises(StorageError, match=told):
        open_store(url, tmp_path)
