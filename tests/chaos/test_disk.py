"""A disk that can be filled, and what is left of files that were being written meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.disk import NotPossible, SmallDisk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        disk = SmallDisk(folder, megabytes=2)
    except NotPossible as reason:
        pytest.skip(str(reason))
    yield disk
    disk.close()


def test_a_full_disk_takes_nothing_and_a_relieved_one_does(disk: SmallDisk) -> None:
    disk.fill()
    assert disk.free_bytes == 0
    with pytest.raises(OSError, match="No space left"):
        (disk.folder / "file").write_bytes(bytes(5000))
    disk.relieve()
    (disk.folder / "file").write_bytes(bytes(5000))


def test_a_folder_that_does_not_exist_cannot_be_a_disk(tmp_path: Path) -> None:
    with pytest.raises(NotPossible, match="cannot be mounted here"):
        SmallDisk(tmp_path / "none", megabytes=1)
