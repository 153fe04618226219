"""A file of this machine, as outputs tell it."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from engine.model.id import new_id
from engine.plugin import Output


class LocalFile(Output):
    """A file of this machine."""

    uri: str
    """Address, with `file://`."""

    local_path: str
    """Absolute path."""

    name: str
    """Name without the folder."""

    parent: str
    """The folder."""

    size: int
    """Size in bytes."""

    created_date: datetime
    """When it was made, or its properties last changed."""

    modified_date: datetime
    """When its content last changed."""

    accessed_date: datetime
    """When it was last read, as far as the machine keeps it."""

    is_directory: bool = Field(default=False)
    """Whether it is a folder."""


def describe(path: Path) -> LocalFile:
    """Return what is known of a file."""
    facts = path.stat()
    return LocalFile(
        uri=path.as_uri(),
        local_path=str(path),
        name=path.name,
        parent=str(path.parent),
        size=facts.st_size,
        created_date=datetime.fromtimestamp(facts.st_ctime, UTC),
        modified_date=datetime.fromtimestamp(facts.st_mtime, UTC),
        accessed_date=datetime.fromtimestamp(facts.st_atime, UTC),
        is_directory=path.is_dir(),
    )


def copy_file(source: Path, target: Path) -> None:
    """Copy a file so that the new one appears complete or not at all."""
    partial = target.with_name(f".{target.name[:100]}.{new_id()[:8]}.part")
    try:
        shutil.copyfile(source, partial)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def walk(folder: Path, *, recursive: bool) -> list[Path]:
    """Return the files of a folder by path; links are not followed, so that nobody leaves it."""
    found: list[Path] = []
    for base, folders, names in os.walk(folder):
        found += [Path(base) / name for name in names]
        if not recursive:
            folders.clear()
    return sorted(path for path in found if path.is_file() and not path.is_symlink())
