"""Tasks that read from a remote server: list, download one, download several, watch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.errors import TaskFailure
from engine.model.id import new_id
from engine.plugin import Duration, Fired, Output, PollingTrigger, RunContext, Task, Text
from engine.plugins._seen import Change, On, Seen
from engine.plugins.fs._properties import (
    CollectProperties,
    FolderProperties,
    RemoteProperties,
    Sort,
    cut,
    listed,
    ordered,
)
from engine.plugins.fs._remote import Entry, RemoteFile, Session, clean

Algorithm = Literal["MD5", "SHA_1", "SHA_256", "SHA_512"]


class ListOutput(Output):
    """What was found."""

    files: list[RemoteFile] = []
    """The files."""


class ListTask(FolderProperties, Task):
    """Lists files."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = ListOutput

    sort: Sort = "NONE"
    """The order, before `maxFiles` cuts: as the server lists them, by date or by name."""

    def run(self, ctx: RunContext) -> ListOutput:
        """List the files."""
        with self.session(ctx) as session:
            taken = self.taken(ctx, self.found(session), self.sort)
        ctx.metric("size", len(taken))
        return ListOutput(files=[listed(self, entry) for entry in taken])


class DownloadOutput(Output):
    """What was read."""

    source: Annotated[str, Field(alias="from")]
    """Address on the server, without name and password."""
    to: str
    """Address of the stored file: `kestra:///…`."""
    checksum: str
    """Checksum of the content, hexadecimal."""


class DownloadTask(RemoteProperties, Task):
    """Reads one file."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = DownloadOutput

    source: Annotated[Text, Field(alias="from")]
    """Path of the file."""
    validate_checksum: bool = False
    """Whether the content must have the checksum `checksumExpected`; otherwise nothing is stored."""
    checksum_expected: Text | None = None
    """The checksum, hexadecimal."""
    checksum_algorithm: Algorithm = "SHA_256"
    """Kind of the checksum."""

    def run(self, ctx: RunContext) -> DownloadOutput:
        """Read the file."""
        if self.validate_checksum and not self.checksum_expected:
            raise TaskFailure("checksumExpected: missing; `validateChecksum: true` needs it")
        path = clean("from", self.source)
        with self.session(ctx) as session:
            uri, checksum = fetch(ctx, session, path, self.checksum_algorithm, self._expected)
        return DownloadOutput(source=f"{self.base}{path}", to=uri, checksum=checksum)

    @property
    def _expected(self) -> str | None:
        return self.checksum_expected if self.validate_checksum else None


class DownloadsOutput(Output):
    """What was read."""

    files: list[RemoteFile] = []
    """The files; their `path` is the address of the stored file."""
    output_files: dict[str, str] = {}
    """Addresses of the stored files by name; where two have one name the later ones go by their path."""


class DownloadsTask(CollectProperties, Task):
    """Reads several files."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = DownloadsOutput

    def run(self, ctx: RunContext) -> DownloadsOutput:
        """Read the files, then do `action`."""
        settle, files, by_name = self.settled(), [], {}
        with self.session(ctx) as session:
            taken = self.taken(ctx, self.found(session), "NONE")
            for entry in taken:
                uri, _ = fetch(ctx, session, entry.path)
                files.append(listed(self, entry).model_copy(update={"path": uri}))
                by_name[entry.path if entry.name in by_name else entry.name] = uri
            for entry in taken:
                settle(session, entry)
        return DownloadsOutput(files=files, output_files=by_name)


class ChangedFile(RemoteFile):
    """A file that started the flow."""

    change_type: Change = "CREATE"
    """Whether it is new or has new content."""


class WatchOutput(Output):
    """What started the flow."""

    files: list[ChangedFile] = []
    """The files; their `path` is the address of the stored file."""


class RemoteTrigger(CollectProperties, PollingTrigger):
    """Watches a folder. Which files were seen is remembered by date and size."""

    abstract: ClassVar[bool] = True
    gives: ClassVar[type[Output]] = WatchOutput

    sort: Sort = "NONE"
    """The order, before `maxFiles` cuts: as the server lists them, by date or by name."""
    on: On = "CREATE_OR_UPDATE"
    """Which files start the flow: new ones, those with new content, or both."""
    state_key: Text | None = None
    """Name under which seen files are remembered; by default one of this trigger's own."""
    state_ttl: Duration | None = None
    """How long a seen file is remembered after it was last there; for ever when left out."""

    def poll(self, ctx: RunContext) -> Fired | None:
        """Look once."""
        settle = self.settled()
        seen = Seen(ctx, f"_{self.scheme}_triggers", self.state_key, self.state_ttl)
        with self.session(ctx) as session:
            changes = {
                entry.path: (entry, change)
                for entry in self.found(session) or []
                if (change := seen.wanted(self._address(entry), entry.version, self.on)) is not None
            }
            order = ordered([entry for entry, _ in changes.values()], self.sort)
            taken = cut(ctx, order, self.max_files)
            files = [self._read(ctx, session, *changes[entry.path]) for entry in taken]
            for entry in taken:
                self._settle(ctx, seen, entry, partial(settle, session))
        seen.save()
        return Fired(WatchOutput(files=files).model_dump(by_alias=True, exclude_none=True)) if files else None

    def _read(self, ctx: RunContext, session: Session, entry: Entry, change: Change) -> ChangedFile:
        uri, _ = fetch(ctx, session, entry.path)
        told = {**listed(self, entry).model_dump(), "path": uri, "change_type": change}
        return ChangedFile(**told)

    def _settle(self, ctx: RunContext, seen: Seen, entry: Entry, act: Callable[[Entry], None]) -> None:
        """Do `action`; where that fails the flow starts all the same, for others may be moved already."""
        seen.note(self._address(entry), entry.version)
        try:
            act(entry)
        except TaskFailure as error:
            ctx.warn(f"{self.action} of {entry.path}: {error.message}; the flow starts all the same")
        else:
            if self.action != "NONE":  # it is gone, so the next one of this name is new
                seen.forget(self._address(entry))

    def _address(self, entry: Entry) -> str:
        return f"{self.base}{entry.path}"


def fetch(
    ctx: RunContext,
    session: Session,
    path: str,
    algorithm: Algorithm = "SHA_256",
    expected: str | None = None,
) -> tuple[str, str]:
    """Store a file of the server; return its address and checksum. Raises TaskFailure if it has another."""
    target = ctx.work_dir / f"received-{new_id()}"
    try:
        session.get(path, target)
        checksum = digest(target, algorithm)
        if expected is not None and checksum != expected.strip().lower():
            raise TaskFailure(
                f"checksumExpected: '{path}' has the checksum {checksum}, not {expected}; nothing was stored"
            )
        ctx.metric("file.size", target.stat().st_size)
        return ctx.put(path.rpartition("/")[2], target), checksum
    finally:
        target.unlink(missing_ok=True)


def digest(path: Path, algorithm: Algorithm) -> str:
    """Return the checksum of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm.replace("_", "").lower()).hexdigest()
