"""Restoring a backup: all of it or nothing, and never over data unless told so."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from engine.errors import StorageError
from engine.storage.backup.archive import Archive, Manifest
from engine.storage.backup.place import Place
from engine.storage.files import FileStorage
from engine.storage.sql.schema import MIGRATIONS


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored; `files` is how many were written."""

    manifest: Manifest
    files: int


def restore_backup(
    archive: Archive,
    place: Place,
    files: FileStorage,
    *,
    key: str | None,
    replace: bool,
    any_key: bool = False,
) -> Restored:
    """Put an archive in the place of database and files, brought up to this version's schema.

    `key` is the mark of the encryption key that will be used; `any_key` allows another than the archive's.
    Unless `replace` is set, there must be no data yet. Processes of the service must be stopped.

    Raises StorageError, and then everything is as before.
    """
    manifest = archive.manifest
    if manifest.schema > len(MIGRATIONS):
        raise StorageError(
            f"The backup '{archive.path}' was made by a newer version (schema {manifest.schema}, known up to "
            f"{len(MIGRATIONS)}, flowsmith {manifest.version}); update flowsmith"
        )
    if manifest.key is not None and manifest.key != key and not any_key:
        raise StorageError(
            f"The backup '{archive.path}' was made with another encryption key: what it encrypted could not "
            "be read. Set FLOWSMITH_ENCRYPTION_KEY to that key, or put its encryption.key into the home "
            "folder; if it is lost, restore with --any-key"
        )
    archive.check()
    _refuse_data(place, files, manifest, replace=replace)
    return Restored(manifest, _restore(archive, place, files, any_key=any_key))


def _refuse_data(place: Place, files: FileStorage, manifest: Manifest, *, replace: bool) -> None:
    if replace:
        return
    if place.holds_data():
        raise StorageError("The database holds data already; restore into another one, or add --replace")
    if manifest.files is not None and any(True for _ in islice(files.walk(""), 1)):
        raise StorageError(
            "There are files already; restore into another FLOWSMITH_STORAGE_URL, or add --replace"
        )


def _restore(archive: Archive, place: Place, files: FileStorage, *, any_key: bool) -> int:
    """Write new files first: while no row speaks of them they do no harm, and the database is one step.

    What would change files that are there comes after it, when there is no way back any more.
    """
    paths = set(archive.files())
    former = {info.path for info in files.walk("")} if archive.manifest.files is not None else set()
    new = sorted(paths - former)
    try:
        for path in new:
            _write(archive, files, path)
        place.load(archive, any_key=any_key)
    except BaseException:
        for path in new:
            files.delete(path)
        raise
    for path in sorted(paths & former):
        _write(archive, files, path)
    for path in sorted(former - paths):
        files.delete(path)
    return len(paths)


def _write(archive: Archive, files: FileStorage, path: str) -> None:
    with archive.open(path) as source:
        files.put(path, source)
