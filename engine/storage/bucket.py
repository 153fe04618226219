"""Files as objects of a bucket: streamed, whole or not at all, and copied once to the disk of a reader."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from engine.errors import StorageError
from engine.model.id import new_id
from engine.storage.bucket_opening import open_bucket
from engine.storage.copying import copy_into
from engine.storage.file_cache import FileCache
from engine.storage.file_info import FileInfo

PART_BYTES = 8 << 20
"""What is sent and received at once, and so what a stream holds in memory."""

FOLDER_MARK = ".flowsmith-folder"
"""An empty object that stands for a folder: a bucket itself has none."""


class Bucket:
    """Paths are relative to the root and safe; what does not exist raises FileNotFoundError.

    Nothing is remembered of listings, as other processes write too. Of contents it is, by the version the
    bucket tells: a file that was changed or removed elsewhere is never served from the copy.
    """

    def __init__(self, url: str, options: Mapping[str, Any], cache: FileCache | None = None) -> None:
        self._opened = open_bucket(url, options)
        self._fs, self._root = self._opened.fs, self._opened.root
        self._cache = cache or FileCache()
        try:
            self._probe()
        except BaseException:
            self.close()
            raise

    def _probe(self) -> None:
        """Write, read and remove a small file. Raises StorageError with what is to be done."""
        path, content = f".flowsmith-probe-{new_id()}", b"flowsmith"
        with self._opened.refusing():
            self._fs.pipe_file(self._full(path), content)
            found = self._fs.cat_file(self._full(path))
            self._fs.rm_file(self._full(path))
        if found != content:
            raise StorageError(f"{self._opened.place} gives back another content than was written")

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}".rstrip("/")

    def open(self, path: str) -> BinaryIO:
        """Open for reading."""
        full = self._full(path)
        with self._opened.telling(f"read {path}"):
            raw = self._fs.info(full)
            if raw["type"] == "directory":
                raise IsADirectoryError(path)
            size = int(raw.get("size") or 0)
            version = _version(raw)
            if version is None or size > self._cache.largest:
                return self._stream(full)
            return self._cache.open((path, version), lambda file: self._load(full, size, file))

    def _stream(self, full: str) -> BinaryIO:
        return cast(BinaryIO, self._fs.open(full, "rb", block_size=PART_BYTES, cache_type="readahead"))

    def _load(self, full: str, size: int, target: IO[bytes]) -> None:
        if size <= PART_BYTES:
            target.write(self._fs.cat_file(full))
            return
        with self._stream(full) as source:
            copy_into(source, target)

    def put(self, path: str, content: bytes | IO[bytes] | Path) -> int:
        """Write an object and return its size in bytes; a content that breaks off leaves none."""
        full = self._full(path)
        with self._opened.telling(f"write {path}"):
            if isinstance(content, bytes) and len(content) <= PART_BYTES:
                self._fs.pipe_file(full, content)
                return len(content)
            file = self._fs.open(full, "wb", block_size=PART_BYTES)
            try:
                size = copy_into(content, file)
                file.close()
            except BaseException:
                # Closing would finish the object with what there is; so would the garbage collector.
                with contextlib.suppress(Exception):
                    file.discard()
                file.closed = True
                raise
            return size

    def local_path(self, path: str) -> Path | None:
        """Return None: an object has no place on this machine."""
        return None

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder exists."""
        with self._opened.telling(f"look for {path}"):
            return bool(self._fs.exists(self._full(path)))

    def info(self, path: str) -> FileInfo:
        """Return size and date."""
        with self._opened.telling(f"look for {path}"):
            return self._info(self._fs.info(self._full(path)))

    def _info(self, raw: Mapping[str, Any]) -> FileInfo:
        return FileInfo(
            str(raw["name"])[len(self._root) :].strip("/"),
            int(raw.get("size") or 0),
            _modified(raw),
            raw["type"] == "directory",
        )

    def list(self, path: str) -> list[FileInfo]:
        """Return what is directly in a folder, by name; empty when there is none."""
        with self._opened.telling(f"list {path}"):
            try:
                raw = self._fs.ls(self._full(path), detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return []
        return sorted((one for one in map(self._info, raw) if _shown(one, path)), key=lambda info: info.path)

    def walk(self, path: str) -> Iterator[FileInfo]:
        """Yield every file below a folder, by path."""
        with self._opened.telling(f"list {path}"):
            try:
                raw = self._fs.find(self._full(path), detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return
        for one in sorted(map(self._info, raw.values()), key=lambda info: info.path):
            if not one.folder and _shown(one, path):
                yield one

    def make_folder(self, path: str) -> None:
        """Make a folder that is there while nothing is in it."""
        if path:
            self.put(f"{path}/{FOLDER_MARK}", b"")

    def move(self, source: str, target: str) -> None:
        """Move a file or folder that exists: the old one is removed when all of it is at the new place."""
        old, new = self._full(source), self._full(target)
        if old == new:
            return
        with self._opened.telling(f"move {source}"):
            for name in self._fs.find(old):
                self._fs.cp_file(name, new + name[len(old) :])
            self._fs.rm(old, recursive=True)

    def delete(self, path: str) -> bool:
        """Remove a file or a folder with everything in it; tells whether it existed."""
        full = self._full(path)
        with self._opened.telling(f"delete {path}"):
            names = self._fs.find(full)
            if not names:
                return False
            self._fs.rm(names)
            return True

    def close(self) -> None:
        """Release connections and copies."""
        self._cache.clear()
        self._opened.close()


def _shown(info: FileInfo, folder: str) -> bool:
    """Tell whether an entry is one of the folder's, and not the folder itself or what stands for it."""
    return info.path != folder and info.path.rpartition("/")[2] != FOLDER_MARK


def _version(raw: Mapping[str, Any]) -> str | None:
    """Return what changes with the content."""
    found = raw.get("generation") or raw.get("ETag") or raw.get("etag")
    return None if found is None else str(found)


def _modified(raw: Mapping[str, Any]) -> datetime:
    found = raw.get("LastModified") or raw.get("mtime") or raw.get("updated") or raw.get("created") or 0
    if isinstance(found, datetime):
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    if isinstance(found, int | float):
        return datetime.fromtimestamp(found, UTC)
    return datetime.fromisoformat(str(found))
