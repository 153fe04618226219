"""Files behind fsspec: a folder by default, a bucket by URL. Paths are relative to the root."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import fsspec

from engine.errors import NotFound, StorageError
from engine.model.id import new_id
from engine.model.uri import safe_path


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file or folder: `path` relative to the root, `size` in bytes."""

    path: str
    size: int
    modified: datetime
    folder: bool = False


class FileStorage:
    """Reads and writes whole files; a file appears complete or not at all."""

    def __init__(self, url: str) -> None:
        try:
            self._fs, root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise StorageError(f"File storage '{url}' cannot be opened: {error}") from error
        self._root = str(root).rstrip("/")
        self._local = "file" in (self._fs.protocol if isinstance(self._fs.protocol, tuple) else ())
        if self._local:
            try:
                Path(self._root).mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StorageError(f"Folder '{self._root}' cannot be made: {error}") from error

    def _full(self, path: str) -> str:
        return f"{self._root}/{safe_path(path)}"

    def open(self, path: str) -> BinaryIO:
        """Open for reading; raises NotFound."""
        try:
            return cast(BinaryIO, self._fs.open(self._full(path), "rb"))
        except (FileNotFoundError, IsADirectoryError) as error:
            raise NotFound(f"File kestra:///{safe_path(path)} does not exist") from error

    def read(self, path: str) -> bytes:
        """Return the whole content; raises NotFound."""
        with self.open(path) as file:
            return file.read()

    def put(self, path: str, content: bytes | IO[bytes] | Path) -> int:
        """Write the file (atomically in a folder) and return its size in bytes."""
        full = self._full(path)
        if not self._local:
            with self._fs.open(full, "wb") as file:
                return _copy(content, file)
        target = Path(full)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name[:100]}.{new_id()[:8]}.part")
        try:
            with partial.open("wb") as file:
                size = _copy(content, file)
            partial.replace(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        return size

    def local_path(self, path: str) -> Path | None:
        """Return the file's place on this machine if it has one (then it may be read without a copy)."""
        return Path(self._full(path)) if self._local else None

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder exists."""
        return bool(self._fs.exists(self._full(path)))

    def info(self, path: str) -> FileInfo:
        """Return size and date; raises NotFound."""
        try:
            return self._info(self._fs.info(self._full(path)))
        except FileNotFoundError as error:
            raise NotFound(f"File kestra:///{safe_path(path)} does not exist") from error

    def _info(self, raw: dict[str, Any]) -> FileInfo:
        modified = raw.get("mtime") or raw.get("LastModified") or raw.get("updated") or 0
        if isinstance(modified, int | float):
            modified = datetime.fromtimestamp(modified, UTC)
        elif isinstance(modified, str):
            modified = datetime.fromisoformat(modified)
        name = str(raw["name"])
        return FileInfo(
            name[len(self._root) :].lstrip("/"),
            int(raw.get("size") or 0),
            modified,
            raw["type"] == "directory",
        )

    def list(self, path: str) -> list[FileInfo]:
        """Return what is directly in a folder, by name; empty when there is none."""
        try:
            raw = self._fs.ls(self._full(path), detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return []
        found = [self._info(item) for item in raw]
        return sorted((i for i in found if not i.path.endswith(".part")), key=lambda info: info.path)

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
        """Move a file or folder; raises NotFound."""
        if not self.exists(source):
            raise NotFound(f"File kestra:///{safe_path(source)} does not exist")
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


def _copy(content: bytes | IO[bytes] | Path, target: IO[bytes]) -> int:
    if isinstance(content, bytes):
        return target.write(content)
    if isinstance(content, Path):
        with content.open("rb") as source:
            shutil.copyfileobj(source, target, 1 << 20)
        return target.tell()
    shutil.copyfileobj(content, target, 1 << 20)
    return target.tell()
