"""Files of a remote server: what a session can do, and what is told of files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from engine.errors import TaskFailure
from engine.model.moment import to_text
from engine.plugin import Output

_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder. `path` begins with `/`; `modified` may be unknown."""

    path: str
    folder: bool
    size: int = 0
    modified: datetime | None = None
    accessed: datetime | None = None
    link: bool = False
    user_id: int | None = None
    group_id: int | None = None
    permissions: int | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return posixpath.basename(self.path)

    @property
    def version(self) -> str:
        """A text that changes with the content."""
        return f"{self.modified.isoformat() if self.modified else ''}/{self.size}"


class Session(Protocol):
    """A connection to a server. Paths begin with `/`; what they are relative to is the session's business.

    All methods raise TaskFailure.
    """

    def stat(self, path: str) -> Entry | None:
        """Return what there is at a path; None: nothing."""

    def entries(self, folder: str) -> list[Entry]:
        """Return what is directly in a folder."""

    def get(self, path: str, target: Path) -> None:
        """Read a file."""

    def put(self, source: Path, path: str) -> None:
        """Write a file; one that is there is replaced."""

    def rename(self, old: str, new: str) -> None:
        """Move a file or folder; there must be nothing at the new path."""

    def remove(self, path: str) -> None:
        """Delete a file."""

    def make_folder(self, path: str) -> None:
        """Make one folder; its parent is there."""

    def remove_folder(self, path: str) -> None:
        """Delete an empty folder."""


class RemoteFile(Output):
    """A file of the server."""

    server_path: str
    """Address on the server, without name and password."""
    path: str | None = None
    """Address of the stored file, where it was downloaded."""
    name: str
    """Name without the folder."""
    file_type: Literal["FILE", "FOLDER"] = "FILE"
    """Always a file: folders are not listed."""
    symbolic_link: bool = False
    """Whether it is a link."""
    size: int = 0
    """Number of bytes."""
    user_id: int | None = None
    """Number of the owner, where the server tells it."""
    group_id: int | None = None
    """Number of the group, where the server tells it."""
    permissions: int | None = None
    """Permission bits, where the server tells them."""
    access_date: str | None = None
    """When it was last read, where the server tells it."""
    updated_date: str | None = None
    """When its content last changed."""

    @classmethod
    def of(cls, base: str, entry: Entry) -> RemoteFile:
        """Return what is told of a file; `base` is the address of the server."""
        return cls(
            server_path=f"{base}{entry.path}",
            name=entry.name,
            symbolic_link=entry.link,
            size=entry.size,
            user_id=entry.user_id,
            group_id=entry.group_id,
            permissions=entry.permissions,
            access_date=to_text(entry.accessed) if entry.accessed else None,
            updated_date=to_text(entry.modified) if entry.modified else None,
        )


def clean(name: str, path: str) -> str:
    """Return a path as sessions want it; raises TaskFailure when it would leave its folder."""
    if "\0" in path or "\r" in path or "\n" in path or ".." in path.split("/"):
        raise TaskFailure(f"{name}: '{path}' would leave its folder; write a path without `..` or line ends")
    return "/" + "/".join(part for part in path.split("/") if part not in ("", "."))


def walk(session: Session, folder: str, *, recursive: bool) -> Iterator[Entry]:
    """Yield the files of a folder as the server lists them; linked folders are not entered."""
    waiting = [(folder, 0)]
    while waiting:
        place, depth = waiting.pop(0)
        for entry in session.entries(place):
            if not entry.folder:
                yield entry
            elif recursive and not entry.link and depth < _DEEPEST:
                waiting.append((entry.path, depth + 1))


def make_folders(session: Session, path: str) -> None:
    """Make a folder and those above it, where they are missing."""
    parts = [part for part in path.split("/") if part]
    missing = len(parts)
    while missing and session.stat("/" + "/".join(parts[:missing])) is None:
        missing -= 1
    for depth in range(missing + 1, len(parts) + 1):
        session.make_folder("/" + "/".join(parts[:depth]))


def remove_all(session: Session, path: str) -> None:
    """Delete a folder with everything in it; of a link only itself."""
    for entry in session.entries(path):
        if entry.folder and not entry.link:
            remove_all(session, entry.path)
        else:
            session.remove(entry.path)
    session.remove_folder(path)
