"""The archive: a zip file with the rows of every table, the files, and a manifest that says what is in it.

manifest.json          what, when, of which schema, how many rows and files
tables/<name>.jsonl    a row a line, as a JSON array in the order of the manifest's columns
files/<path>           as in the file storage
"""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import orjson

from engine.errors import ForbiddenPath, StorageError
from engine.model.json import Json
from engine.model.uri import safe_path
from engine.storage.copying import copy_into

FORMAT = 1
"""Version of this layout."""

Row = tuple[Any, ...]

_MANIFEST = "manifest.json"
_FILES = "files/"
_BYTES = "$bytes"
_FIRST_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the archive: its columns in the order of the values of a row."""

    name: str
    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds. `files` is None when they were left where they are: at `storage`."""

    version: str
    created: str
    database: str
    schema: int
    tables: tuple[Table, ...]
    storage: str
    files: int | None
    key: str | None
    """Mark of the encryption key: a hash of it. The key itself is never in an archive."""
    format: int = FORMAT

    @property
    def rows(self) -> dict[str, int]:
        """Number of rows by table."""
        return {table.name: table.rows for table in self.tables}


class ArchiveWriter:
    """Writes an archive; it can be read only once the manifest is in it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Row]) -> Table:
        """Write the rows of a table as they come."""
        count = 0
        with self._member(f"tables/{name}.jsonl") as target:
            for row in rows:
                target.write(orjson.dumps(row, default=_plain))
                target.write(b"\n")
                count += 1
        return Table(name, tuple(columns), count)

    def file(self, path: str, source: IO[bytes]) -> None:
        """Write a file as it is read."""
        with self._member(_FILES + path) as target:
            copy_into(source, target)

    def manifest(self, manifest: Manifest) -> None:
        """Write what makes the archive whole."""
        with self._member(_MANIFEST) as target:
            target.write(orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2))

    def _member(self, name: str) -> IO[bytes]:
        info = zipfile.ZipInfo(name, _FIRST_DATE)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        return self._zip.open(info, "w", force_zip64=True)


class Archive:
    """Reads an archive. Raises StorageError when it is none, is damaged, or is of a newer layout."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError as error:
            raise StorageError(f"The backup '{path}' does not exist") from error
        except (OSError, zipfile.BadZipFile) as error:
            raise StorageError(f"'{path}' is not a backup, or only a part of one: {error}") from error
        try:
            self.manifest = self._read_manifest()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def _read_manifest(self) -> Manifest:
        try:
            raw = orjson.loads(self._zip.read(_MANIFEST))
            if raw["format"] > FORMAT:
                raise StorageError(
                    f"The backup '{self.path}' was made by a newer version ({raw['version']}); "
                    "update flowsmith"
                )
            tables = tuple(Table(one["name"], tuple(one["columns"]), one["rows"]) for one in raw["tables"])
            return Manifest(**{**raw, "tables": tables})
        except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            raise StorageError(f"'{self.path}' is not a backup of flowsmith: it has no manifest") from error

    def check(self) -> None:
        """Read everything once, before anything is changed by it."""
        try:
            damaged = self._zip.testzip()
        except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
            raise StorageError(f"The backup '{self.path}' is damaged: {error}; use another one") from error
        if damaged is not None:
            raise StorageError(f"The backup '{self.path}' is damaged ({damaged}); use another one")
        found = sum(1 for _ in self.files())
        if self.manifest.files is not None and found != self.manifest.files:
            raise StorageError(
                f"The backup '{self.path}' lacks files: {found} of {self.manifest.files} are there"
            )
        for table in self.manifest.tables:
            rows = sum(1 for _ in self.rows(table))
            if rows != table.rows:
                raise StorageError(
                    f"The backup '{self.path}' lacks rows of {table.name}: {rows} of {table.rows} are there"
                )

    def rows(self, table: Table) -> Iterator[Row]:
        """Yield the rows of a table."""
        try:
            with self._zip.open(f"tables/{table.name}.jsonl") as source:
                for line in source:
                    row = tuple(_value(one) for one in orjson.loads(line))
                    if len(row) != len(table.columns):
                        raise ValueError(f"{len(row)} values for {len(table.columns)} columns")
                    yield row
        except (KeyError, TypeError, ValueError) as error:
            raise StorageError(f"The backup '{self.path}' is damaged at {table.name}: {error}") from error

    def files(self) -> Iterator[str]:
        """Yield the paths of the files. Raises StorageError for one that leaves the storage."""
        for name in self._zip.namelist():
            if name.startswith(_FILES) and not name.endswith("/"):
                path = name.removeprefix(_FILES)
                try:
                    clean = safe_path(path)
                except ForbiddenPath as error:
                    raise StorageError(f"The backup '{self.path}' is not ours: {error}") from error
                if clean != path:
                    raise StorageError(f"The backup '{self.path}' is not ours: '{path}' is not a plain path")
                yield path

    def open(self, path: str) -> IO[bytes]:
        """Open a file for reading."""
        return self._zip.open(_FILES + path)


def _plain(value: object) -> Json:
    """Write what JSON has no form for; refuse what would come back as something else."""
    if isinstance(value, bytes | memoryview):
        return {_BYTES: base64.b64encode(value).decode()}
    raise TypeError(f"a column holds a value of type {type(value).__name__}, which an archive cannot")


def _value(value: Json) -> object:
    if isinstance(value, Mapping):
        return base64.b64decode(value[_BYTES])
    return value
