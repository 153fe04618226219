"""Making a backup while everything goes on."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from engine.errors import NotFound, StorageError
from engine.storage.backup.archive import ArchiveWriter, Manifest
from engine.storage.backup.place import Place
from engine.storage.files import FileStorage
from engine.storage.sql.schema import MIGRATIONS


def make_backup(
    target: Path,
    place: Place,
    *,
    files: FileStorage | None,
    storage: str,
    version: str,
    key: str | None,
) -> Manifest:
    """Write an archive of one state of the database and of the files that are there after it.

    Without `files` they are left out, and `storage` tells where they are. `key` is the mark of the encryption
    key. The archive is for its owner alone to read, and is at `target` only when it is whole.

    Raises StorageError when `target` exists or something cannot be read.
    """
    if target.exists():
        raise StorageError(f"'{target}' exists already; give another name for the backup")
    partial = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with ArchiveWriter(file) as archive:
                manifest = _fill(archive, place, files, storage, version, key)
                archive.manifest(manifest)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        raise StorageError(f"The backup '{target}' cannot be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def _fill(
    archive: ArchiveWriter,
    place: Place,
    files: FileStorage | None,
    storage: str,
    version: str,
    key: str | None,
) -> Manifest:
    created = datetime.now(UTC)
    with place.snapshot() as snapshot:
        if snapshot.schema > len(MIGRATIONS):
            raise StorageError(
                f"The database was written by a newer version (schema {snapshot.schema}, known up to "
                f"{len(MIGRATIONS)}); update flowsmith to back it up"
            )
        tables = tuple(
            archive.table(name, columns, snapshot.rows(name, columns)) for name, columns in snapshot.tables()
        )
        database, schema = snapshot.database, snapshot.schema
    # A row speaks of files that were written before it, so what the rows speak of is there now.
    count = None if files is None else _files(archive, files)
    return Manifest(version, created.isoformat(), database, schema, tables, storage, count, key)


def _files(archive: ArchiveWriter, files: FileStorage) -> int:
    count = 0
    for info in files.walk(""):
        with suppress(NotFound):  # it was purged meanwhile
            source = files.open(info.path)
            with source:
                archive.file(info.path, source)
            count += 1
    return count
