"""Files of executions and namespaces: in a folder by default, in a bucket by URL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO

import fsspec

from engine.errors import NotFound
from engine.model.uri import safe_path
from engine.storage.bucket import Bucket
from engine.storage.file_info import FileInfo
from engine.storage.folder import Folder

__all__ = ["FileInfo", "FileStorage", "files_url", "open_files"]

FOLDER = "storage"
"""The folder in the data folder when no address is given."""


def files_url(url: str | None, home: Path) -> str:
    """Return where files are: at the address, or in the data folder without one."""
    return url or f"file://{(home / FOLDER).resolve()}"


def open_files(url: str | None, home: Path) -> FileStorage:
    """Open the files at an address, or in the data folder without one. Raises StorageError."""
    return FileStorage(files_url(url, home))


class FileStorage:
    """Reads and writes whole files; a file appears complete or not at all. Paths are relative to the root.

    `url`: `file:///folder`, `s3://bucket/path`, `gs://bucket/path`, or another that fsspec knows; `options`
    go to its file system. Raises StorageError when it cannot be used.
    """

    def __init__(self, url: str, **options: Any) -> None:
        self._place: Folder | Bucket
        if fsspec.utils.get_protocol(url) in ("file", "local"):
            self._place = Folder(fsspec.core.strip_protocol(url))
        else:
            self._place = Bucket(url, options)

    def open(self, path: str) -> BinaryIO:
        """Open for reading; raises NotFound."""
        clean = safe_path(path)
        try:
            return self._place.open(clean)
        except (FileNotFoundError, IsADirectoryError) as error:
            raise _missing(clean) from error

    def read(self, path: str) -> bytes:
        """Return the whole content; raises NotFound."""
        with self.open(path) as file:
            return file.read()

    def put(self, path: str, content: bytes | IO[bytes] | Path) -> int:
        """Write the file, wholly or not at all, and return its size in bytes."""
        return self._place.put(safe_path(path), content)

    def local_path(self, path: str) -> Path | None:
        """Return the file's place on this machine if it has one (then it may be read without a copy)."""
        return self._place.local_path(safe_path(path))

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder exists."""
        return self._place.exists(safe_path(path))

    def info(self, path: str) -> FileInfo:
        """Return size and date; raises NotFound."""
        clean = safe_path(path)
        try:
            return self._place.info(clean)
        except FileNotFoundError as error:
            raise _missing(clean) from error

    def list(self, path: str) -> list[FileInfo]:
        """Return what is directly in a folder, by name; empty when there is none."""
        return self._place.list(safe_path(path))

    def walk(self, path: str) -> Iterator[FileInfo]:
        """Yield every file below a folder."""
        yield from self._place.walk(safe_path(path))

    def make_folder(self, path: str) -> None:
        """Make a folder and its parents."""
        self._place.make_folder(safe_path(path))

    def move(self, source: str, target: str) -> None:
        """Move a file or folder; raises NotFound."""
        if not self.exists(source):
            raise _missing(safe_path(source))
        self._place.move(safe_path(source), safe_path(target))

    def delete(self, path: str) -> bool:
        """Remove a file or a folder with everything in it; tells whether it existed."""
        return self._place.delete(safe_path(path))

    def close(self) -> None:
        """Release connections and copies."""
        self._place.close()


def _missing(path: str) -> NotFound:
    return NotFound(f"File kestra:///{path} does not exist")
