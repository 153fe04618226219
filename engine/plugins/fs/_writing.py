"""Tasks that change a remote server: upload one, upload several, move, delete."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Output, RunContext, StringMap, Task, Text
from engine.plugins._transfer import files_of, local_copy, matcher
from engine.plugins.fs._properties import RemoteProperties, move_file
from engine.plugins.fs._remote import Session, clean, make_folders, remove_all, walk


class TransferOutput(Output):
    """From where to where."""

    source: Annotated[str, Field(alias="from")]
    """Where it came from."""
    to: str
    """Address on the server, without name and password."""


class UploadTask(RemoteProperties, Task):
    """Writes one file."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = TransferOutput

    source: Annotated[Text, Field(alias="from")]
    """Address of the file: `kestra:///…`."""
    to: Text | None = None
    """Path on the server; with `/` at the end a folder. By default the file's own name. Folders that are
    missing are made."""
    overwrite: bool = True
    """Whether a file that is there is replaced; otherwise the task fails."""

    def run(self, ctx: RunContext) -> TransferOutput:
        """Write the file."""
        name = self.source.rpartition("/")[2]
        path = clean(
            "to", f"{self.to}{name}" if (self.to or "/").endswith("/") and self.to else self.to or name
        )
        with self.session(ctx) as session:
            send(ctx, session, self.source, path, overwrite=self.overwrite)
        return TransferOutput(source=self.source, to=f"{self.base}{path}")


class UploadsOutput(Output):
    """What was written."""

    files: list[str] = []
    """Addresses on the server, without name and password."""


class UploadsTask(RemoteProperties, Task):
    """Writes several files."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = UploadsOutput

    source: Annotated[Text | list[Text] | StringMap, Field(alias="from")]
    """A list of addresses (`kestra:///…`), or names with their addresses."""
    to: Text
    """Path of the folder; it is made where it is missing."""
    reg_exp: Text | None = None
    """A regular expression that must match the whole address of a file."""
    max_files: Annotated[int, Field(ge=1)] = 25
    """How many files are written at most; the log says when there are more."""
    overwrite: bool = True
    """Whether files that are there are replaced; otherwise the task fails."""

    def run(self, ctx: RunContext) -> UploadsOutput:
        """Write the files, one after the other."""
        matches, folder = matcher("regExp", self.reg_exp), clean("to", self.to).rstrip("/")
        wanted = [(name, uri) for name, uri in files_of(self.source).items() if matches(uri)]
        if len(wanted) > self.max_files:
            ctx.warn(f"{len(wanted)} files, more than `maxFiles` allows; only {self.max_files} are written")
        written = []
        with self.session(ctx) as session:
            for name, uri in wanted[: self.max_files]:
                path = clean("from", f"{folder}/{name}")
                send(ctx, session, uri, path, overwrite=self.overwrite)
                written.append(f"{self.base}{path}")
        return UploadsOutput(files=written)


class MoveTask(RemoteProperties, Task):
    """Moves a file or folder."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = TransferOutput

    source: Annotated[Text, Field(alias="from")]
    """Path of the file or folder."""
    to: Text
    """The new path; with `/` at the end the folder it is put into. Folders that are missing are made."""
    overwrite: bool = False
    """Whether a file that is there is replaced; otherwise the task fails."""

    def run(self, ctx: RunContext) -> TransferOutput:
        """Move it."""
        old = clean("from", self.source)
        new = clean("to", f"{self.to}{old.rpartition('/')[2]}" if self.to.endswith("/") else self.to)
        with self.session(ctx) as session:
            if session.stat(old) is None:
                raise TaskFailure(f"from: there is no '{self.source}' on {self.base}; check the path")
            move_file(session, old, new, overwrite=self.overwrite)
        return TransferOutput(source=f"{self.base}{old}", to=f"{self.base}{new}")


class DeleteOutput(Output):
    """What was deleted."""

    uri: str
    """Address on the server, without name and password."""
    deleted: bool = False
    """Whether something was deleted."""
    uris: list[str] = []
    """Addresses of the files, with `regExp`."""


class DeleteTask(RemoteProperties, Task):
    """Deletes a file, a folder, or some files of a folder."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = DeleteOutput

    uri: Text
    """Path of the file or folder."""
    error_on_missing: bool = False
    """Whether it is an error when there is nothing."""
    recursive: bool = False
    """Whether a folder is deleted with all it holds; with `regExp`, whether the folders inside count too."""
    reg_exp: Text | None = None
    """With it only the files of the folder whose whole path matches are deleted."""

    def run(self, ctx: RunContext) -> DeleteOutput:
        """Delete it."""
        path, matches = clean("uri", self.uri), matcher("regExp", self.reg_exp)
        with self.session(ctx) as session:
            at, gone = session.stat(path), []
            if at is None and self.error_on_missing:
                raise TaskFailure(f"uri: there is no '{self.uri}' on {self.base}, `errorOnMissing` is true")
            if at is None:
                return DeleteOutput(uri=f"{self.base}{path}")
            if self.reg_exp is not None:
                for entry in [e for e in walk(session, path, recursive=self.recursive) if matches(e.path)]:
                    session.remove(entry.path)
                    gone.append(f"{self.base}{entry.path}")
            elif not at.folder or at.link:
                session.remove(path)
            elif path == "/":
                raise TaskFailure("uri: the whole server would be deleted; name a file or folder")
            elif self.recursive:
                remove_all(session, path)
            else:
                self._remove_folder(session, path)
        return DeleteOutput(uri=f"{self.base}{path}", deleted=self.reg_exp is None or bool(gone), uris=gone)

    def _remove_folder(self, session: Session, path: str) -> None:
        if session.entries(path):
            raise TaskFailure(f"uri: the folder '{self.uri}' is not empty; set `recursive: true`")
        session.remove_folder(path)


def send(ctx: RunContext, session: Session, uri: str, path: str, *, overwrite: bool) -> None:
    """Write a stored file to the server; the folders above it are made. Raises TaskFailure."""
    there = session.stat(path)
    if there is not None and there.folder:
        raise TaskFailure(f"to: '{path}' is a folder; write `{path}/` to put the file into it")
    if there is not None and not overwrite:
        raise TaskFailure(f"to: there is a file '{path}' already; set `overwrite: true` to replace it")
    source = local_copy(ctx, uri)
    try:
        make_folders(session, path.rpartition("/")[0])
        session.put(source, path)
        ctx.metric("file.size", source.stat().st_size)
    finally:
        source.unlink(missing_ok=True)
