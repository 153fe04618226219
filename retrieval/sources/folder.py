"""Documents from a folder or a single file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from retrieval.errors import SourceRefused
from retrieval.read import SUFFIXES, read_document
from retrieval.sources.port import Found, Item, Known, Refused, Same, content_hash

MAX_BYTES = 5_000_000


class Folder:
    """Every readable file below a folder, or one file.

    A document is called `<name>/<path below the folder>`, on every machine the same. Hidden files, links that
    lead out of the folder and files of other kinds are left alone.
    """

    def __init__(self, path: Path, *, name: str | None = None, max_bytes: int = MAX_BYTES) -> None:
        """`name` replaces the folder's own, to keep two folders of one name apart."""
        self._path = path
        self._name = name or path.resolve().name
        self._max_bytes = max_bytes

    @property
    def origin(self) -> str:
        """The name of the folder."""
        return f"folder:{self._name}"

    def read(self, known: Mapping[str, Known]) -> Iterator[Item]:
        """Yield the files in order of their paths."""
        if self._path.is_file():
            yield self._read_file(self._path, self._name, known)
            return
        if not self._path.is_dir():
            raise SourceRefused(str(self._path), "there is no such file or folder")
        for path in self._files():
            yield self._read_file(path, f"{self._name}/{path.relative_to(self._path).as_posix()}", known)

    def _files(self) -> Iterator[Path]:
        root = self._path.resolve()
        for folder, names, files in os.walk(self._path):
            names[:] = sorted(name for name in names if not name.startswith("."))
            for name in sorted(files):
                path = Path(folder, name)
                if not name.startswith(".") and path.suffix.lower() in SUFFIXES:
                    if path.is_symlink() and not path.resolve().is_relative_to(root):
                        continue
                    yield path

    def _read_file(self, path: Path, source: str, known: Mapping[str, Known]) -> Item:
        try:
            size = path.stat().st_size
            if size > self._max_bytes:
                return Refused(source, f"{size:,} bytes; at most {self._max_bytes:,} are read")
            content = path.read_bytes()
        except OSError as error:
            return Refused(source, error.strerror or str(error), keep=path.exists())
        digest = content_hash(content)
        if source in known and known[source].hash == digest:
            return Same(source)
        try:
            return Found(read_document(source, content), digest)
        except SourceRefused as error:
            return Refused(source, error.reason)
