"""What all tasks with files of a remote server share: the connection, and which files are meant."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Plugin, RunContext, Text
from engine.plugins._transfer import matcher
from engine.plugins.fs._remote import Entry, RemoteFile, Session, clean, make_folders, walk

Action = Literal["MOVE", "DELETE", "NONE"]
Sort = Literal["NONE", "LAST_MODIFIED_ASC", "LAST_MODIFIED_DESC", "NAME_ASC", "NAME_DESC"]
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class RemoteProperties(Plugin):
    """Which server, and as whom."""

    abstract: ClassVar[bool] = True
    scheme: ClassVar[str] = ""
    """The beginning of addresses: `sftp`, `ftp`, `ftps`."""

    host: Text
    """Name or address of the server."""
    port: Text = ""
    """Port of the server."""
    username: Text | None = None
    """Name of the user."""
    password: Text | None = None
    """Password of the user, best kept as a secret."""
    root_dir: bool = True
    """Whether paths begin in the user's own folder; otherwise at the root of the server."""

    def session(self, ctx: RunContext) -> AbstractContextManager[Session]:
        """Connect and log in; raises TaskFailure."""
        raise NotImplementedError

    @property
    def base(self) -> str:
        """The address of the server, without name and password."""
        return f"{self.scheme}://{self.host}:{self.port_number}"

    @property
    def port_number(self) -> int:
        """The port; raises TaskFailure when it is none."""
        if not self.port.isdecimal() or not 0 < int(self.port) < 65536:
            raise TaskFailure(f"port: '{self.port}' is not a port; use a number from 1 to 65535")
        return int(self.port)


class FolderProperties(RemoteProperties):
    """Which files of a folder are meant."""

    abstract: ClassVar[bool] = True

    source: Annotated[Text, Field(alias="from")]
    """Path of the folder."""
    reg_exp: Text | None = None
    """A regular expression that must match the whole path, like `.*/in/.*\\.csv`."""
    recursive: bool = False
    """Whether the folders inside are searched too."""
    max_files: Annotated[int, Field(ge=1)] = 25
    """How many files are taken at most; the log says when there are more."""

    def found(self, session: Session) -> list[Entry] | None:
        """Return the files as the server lists them; None when there is no such folder."""
        matches, folder = matcher("regExp", self.reg_exp), clean("from", self.source)
        at = session.stat(folder)
        if at is None or not at.folder:
            return None
        return [entry for entry in walk(session, folder, recursive=self.recursive) if matches(entry.path)]

    def taken(self, ctx: RunContext, found: list[Entry] | None, sort: Sort) -> list[Entry]:
        """Return the first files in order; raises TaskFailure when there was no folder."""
        if found is None:
            raise TaskFailure(f"from: there is no folder '{self.source}' on {self.base}; check the path")
        return cut(ctx, ordered(found, sort), self.max_files)


class CollectProperties(FolderProperties):
    """Which files are fetched, and what becomes of them on the server."""

    abstract: ClassVar[bool] = True

    action: Action = "NONE"
    """What becomes of them on the server: `DELETE` removes them, `MOVE` puts them into `moveDirectory`."""
    move_directory: Text | None = None
    """Path of the folder `MOVE` puts them into; it is made where it is missing."""

    def settled(self) -> Callable[[Session, Entry], None]:
        """Return the function that does `action` on a file; raises TaskFailure when it lacks a place."""
        if self.action == "NONE":
            return lambda session, entry: None
        if self.action == "DELETE":
            return lambda session, entry: session.remove(entry.path)
        if not self.move_directory:
            raise TaskFailure("moveDirectory: missing; `action: MOVE` needs it, like /done/")
        folder = clean("moveDirectory", self.move_directory).rstrip("/")

        def move(session: Session, entry: Entry) -> None:
            move_file(session, entry.path, f"{folder}/{entry.name}", overwrite=True)

        return move


def move_file(session: Session, old: str, new: str, *, overwrite: bool) -> None:
    """Move a file or folder, and make the folders above it; raises TaskFailure."""
    if old == new:
        raise TaskFailure(f"to: '{new}' is where it is already")
    there = session.stat(new)
    if there is not None and (there.folder or not overwrite):
        what = "a folder" if there.folder else "a file"
        raise TaskFailure(f"to: there is {what} '{new}' already; set `overwrite: true` to replace a file")
    make_folders(session, new.rpartition("/")[0])
    if there is not None:
        session.remove(new)
    session.rename(old, new)


def ordered(found: list[Entry], sort: Sort) -> list[Entry]:
    """Return files in order; those without a date come last by date ascending, first descending."""
    if sort == "NONE":
        return found
    down = sort.endswith("DESC")
    if sort.startswith("NAME"):
        return sorted(found, key=lambda entry: entry.name, reverse=down)
    return sorted(
        found, key=lambda entry: (entry.modified is None, entry.modified or _LONG_AGO), reverse=down
    )


def cut(ctx: RunContext, found: list[Entry], most: int) -> list[Entry]:
    """Return at most so many files, and warn when there are more."""
    if len(found) > most:
        ctx.warn(f"{len(found)} files were found, more than `maxFiles` allows; only {most} are taken")
    return found[:most]


def listed(task: RemoteProperties, entry: Entry) -> RemoteFile:
    """Return what is told of a file."""
    return RemoteFile.of(task.base, entry)
