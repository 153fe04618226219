"""Files in a folder of this machine, or of a disk that several machines share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from fsspec.implementations.local import LocalFileSystem

from engine.errors import StorageError
from engine.model.id import new_id
from engine.storage.copying import copy_into
from engine.storage.file_info import FileInfo

_PARTIAL = re.compile(r"\..*\.\w{8}\.part")


class Folder:
    """Paths are relative to the root and safe; what does not exist raises FileNotFoundError."""

    def __init__(self, root: str) -> None:
        self._fs = LocalFileSystem()
        self._root = root.rstrip("/")
        try:
            Path(self._root).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"Folder '{self._root}' cannot be made: {error}") from error

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}"

    def open(self, path: str) -> BinaryIO:
        """Open for reading."""
        return cast(BinaryIO, self._fs.open(self._full(path), "rb"))

    def put(self, path: str, content: bytes | IO[bytes] | Path) -> int:
        """Write the file atomically and return its size in bytes."""
        target = Path(self._full(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name[:100]}.{new_id()[:8]}.part")
        try:
            with partial.open("wb") as file:
                size = copy_into(content, file)
            partial.replace(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        return size

    def local_path(self, path: str) -> Path | None:
        """Return the file's place on this machine."""
        return Path(self._full(path))

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder exists."""
        return bool(self._fs.exists(self._full(path)))

    def info(self, path: str) -> FileInfo:
        """Return size and date."""
        return self._info(self._fs.info(self._full(path)))

    def _info(self, raw: dict[str, Any]) -> FileInfo:
        return FileInfo(
            str(raw["name"])[len(self._root) :].lstrip("/"),
            int(raw.get("size") or 0),
            datetime.fromtimestamp(raw.get("mtime") or 0, UTC),
            raw["type"] == "directory",
        )

    def list(self, path: str) -> list[FileInfo]:
        """Return what is directly in a folder, by name; empty when there is none."""
        try:
            raw = self._fs.ls(self._full(path), detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return []
        found = (self._info(item) for item in raw)
        return sorted((one for one in found if _shown(one, path)), key=lambda info: info.path)

    def walk(self, path: str) -> Iterator[FileInfo]:
        """Yield every file below a folder, by path."""
        for info in self.list(path):
            if info.folder:
                yield from self.walk(info.path)
            else:
                yield info

    def make_folder(self, path: str) -> None:
        """Make a folder and its parents."""
        self._fs.makedirs(self._full(path), exist_ok=True)

    def move(self, source: str, target: str) -> None:
        """Move a file or folder that exists."""
        full = self._full(target)
        self._fs.makedirs(full.rpartition("/")[0], exist_ok=True)
        self._fs.mv(self._full(source), full, recursive=True)

    def delete(self, path: str) -> bool:
        """Remove a file or a folder with everything in it; tells whether it existed."""
        full = self._full(path)
        if not self._fs.exists(full):
            return False
        self._fs.rm(full, recursive=True)
        return True

    def close(self) -> None:
        """Nothing is held open."""


def _shown(info: FileInfo, folder: str) -> bool:
    """Tell whether an entry is whole, and is in the folder rather than a file of that name itself."""
    return info.path != folder and not _PARTIAL.fullmatch(info.path.rpartition("/")[2])
