"""Files of a bucket that this process has read lately, on its own disk."""

from __future__ import annotations

import io
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import IO, BinaryIO, cast

MAX_BYTES = 256 << 20
MAX_FILES = 128
"""Each holds a file descriptor."""


class FileCache:
    """Contents by key, the longest unused dropped first. Thread-safe.

    The copies have no name on the disk: readers of one that was dropped go on, and nothing is left behind
    by a process that was killed. A key must name one content for ever.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, max_files: int = MAX_FILES) -> None:
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, _Copy] = OrderedDict()
        self._bytes = 0
        self._loading: dict[Hashable, Future[_Copy]] = {}

    @property
    def largest(self) -> int:
        """Size in bytes of the largest file worth a copy: one must not drive out all others."""
        return self._max_bytes // 4

    @property
    def size(self) -> int:
        """Bytes that are held."""
        return self._bytes

    def open(self, key: Hashable, load: Callable[[IO[bytes]], object]) -> BinaryIO:
        """Open a content; when it is not there `load` writes it, once for all who ask meanwhile."""
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
                return held.reader()
            waited_for = self._loading.get(key)
            if waited_for is None:
                mine = self._loading[key] = Future[_Copy]()
        if waited_for is not None:
            return waited_for.result().reader()
        try:
            copy = _Copy(load)
        except BaseException as error:
            with self._lock:
                del self._loading[key]
            mine.set_exception(error)
            raise
        self._keep(key, copy)
        mine.set_result(copy)
        return copy.reader()

    def _keep(self, key: Hashable, copy: _Copy) -> None:
        with self._lock:
            del self._loading[key]
            if copy.size > self.largest:
                return
            self._held[key] = copy
            self._bytes += copy.size
            while self._bytes > self._max_bytes or len(self._held) > self._max_files:
                _, oldest = self._held.popitem(last=False)
                self._bytes -= oldest.size

    def clear(self) -> None:
        """Drop everything; what is being read stays until its reader is gone."""
        with self._lock:
            self._held.clear()
            self._bytes = 0


class _Copy:
    """A file without a name; it ends with the last object that refers to it."""

    __slots__ = ("_descriptor", "size")

    def __init__(self, load: Callable[[IO[bytes]], object]) -> None:
        self._descriptor = -1
        with tempfile.TemporaryFile(prefix="flowsmith-") as file:
            load(file)
            file.flush()
            self._descriptor = os.dup(file.fileno())
        self.size = os.fstat(self._descriptor).st_size

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def read_at(self, count: int, offset: int) -> bytes:
        """Return at most `count` bytes; readers do not share a position."""
        return os.pread(self._descriptor, count, offset)

    def reader(self) -> BinaryIO:
        """Return a file of its own position."""
        return cast(BinaryIO, io.BufferedReader(_Reader(self), 1 << 16))


class _Reader(io.RawIOBase):
    """A position in a copy."""

    def __init__(self, copy: _Copy) -> None:
        super().__init__()
        self._copy: _Copy | None = copy
        self._size = copy.size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any writable buffer
        if self._copy is None:
            raise ValueError("read of a closed file")
        found = self._copy.read_at(len(buffer), self._at)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative position {base + offset}")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        self._copy = None
        super().close()
