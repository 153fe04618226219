"""A session of FTP, on the standard library."""

from __future__ import annotations

import ftplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from engine.errors import TaskFailure
from engine.plugin import STATIC, Duration, RunContext, Text
from engine.plugins._transfer import Stoppable
from engine.plugins.fs._properties import RemoteProperties
from engine.plugins.fs._remote import Entry, Session
from engine.plugins.fs.ftp._listing import from_facts, from_line

T = TypeVar("T")
_BLOCK_BYTES = 1 << 18
_UNKNOWN = ("500", "501", "502", "504")
"""Answers of servers that do not know a command."""


class Options(BaseModel):
    """How long to wait."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    connection_timeout: Duration = timedelta(seconds=30)
    """For the connection."""
    data_timeout: Duration = timedelta(seconds=30)
    """Without effect: `socketTimeout` counts for data too."""
    socket_timeout: Duration = timedelta(seconds=30)
    """For every answer and every part of a file."""
    control_keep_alive_timeout: Duration = timedelta(seconds=30)
    """Without effect."""
    control_keep_alive_reply_timeout: Duration = timedelta(seconds=30)
    """Without effect."""


class FtpProperties(RemoteProperties):
    """A server reached by FTP."""

    abstract: ClassVar[bool] = True
    scheme: ClassVar[str] = "ftp"

    port: Text = "21"
    """Port of the server."""
    passive_mode: bool = True
    """Whether this side opens the connections for data; otherwise the server does, which firewalls hinder."""
    remote_ip_verification: bool = True
    """Without effect: data only ever comes from the server itself."""
    options: Annotated[Options, STATIC] = Options()
    """How long to wait."""

    @contextmanager
    def session(self, ctx: RunContext) -> Iterator[Session]:
        """Connect and log in; a kill breaks the connection off."""
        client = self.client()
        try:
            with ftp_errors(f"Connecting to {self.host}:{self.port}", ctx):
                self.enter(client)
                client.set_pasv(self.passive_mode)
                client.voidcmd("TYPE I")
                ctx.on_cancel(lambda: _cut_off(client))
                home = client.pwd() if self.root_dir else "/"
            yield _Ftp(ctx, client, home.rstrip("/"))
        finally:
            client.close()

    def client(self) -> ftplib.FTP:
        """Return the client, not yet connected."""
        return ftplib.FTP(timeout=self.options.connection_timeout.total_seconds(), encoding="utf-8")

    def enter(self, client: ftplib.FTP) -> None:
        """Connect and log in."""
        client.connect(self.host, self.port_number)
        if client.sock is not None:
            client.sock.settimeout(self.options.socket_timeout.total_seconds())
        client.timeout = self.options.socket_timeout.total_seconds()
        client.login(self.username or "anonymous", self.password or "")


class _Ftp:
    """The session: paths are below the user's folder `home`, or below the root."""

    def __init__(self, ctx: RunContext, client: ftplib.FTP, home: str) -> None:
        self._ctx, self._client, self._home = ctx, client, home
        self._machine_lists = True

    def stat(self, path: str) -> Entry | None:
        """Servers need not have a command for one file: its folder is listed."""
        if path == "/":
            return Entry("/", folder=True)
        parent = path.rpartition("/")[0] or "/"
        try:
            found = self.entries(parent)
        except TaskFailure as error:
            if not isinstance(error.__cause__, ftplib.error_perm):
                raise
            return None  # the folder above is not there either
        entry = next((item for item in found if item.path == path), None)
        if entry is not None and entry.link:
            return self._followed(entry)
        return entry

    def entries(self, folder: str) -> list[Entry]:
        doing = f"Listing '{folder}'"
        if self._machine_lists:
            try:
                with ftp_errors(doing, self._ctx):
                    rows = list(self._client.mlsd(self._at(folder)))
                return [e for name, facts in rows if (e := from_facts(folder, name, facts)) is not None]
            except TaskFailure as error:
                if not str(error.__cause__).startswith(_UNKNOWN):
                    raise
                self._machine_lists = False
        lines: list[str] = []
        with ftp_errors(doing, self._ctx):
            self._client.cwd(self._at(folder))  # many servers answer LIST of a missing folder with nothing
            self._client.retrlines("LIST -a", lines.append)
        now = self._ctx.clock()
        return [e for line in lines if (e := from_line(folder, line, now)) is not None]

    def _followed(self, link: Entry) -> Entry:
        """Tell whether a link points to a folder: only a folder can be entered."""
        try:
            self._call(f"Looking at '{link.path}'", lambda: self._client.cwd(self._at(link.path)))
        except TaskFailure:
            return link
        return Entry(link.path, folder=True, modified=link.modified, link=True)

    def get(self, path: str, target: Path) -> None:
        with target.open("wb") as file:
            write = Stoppable(file, self._ctx).write
            self._call(
                f"Download of '{path}'",
                lambda: self._client.retrbinary(f"RETR {self._at(path)}", write, _BLOCK_BYTES),
            )

    def put(self, source: Path, path: str) -> None:
        with source.open("rb") as file:
            self._call(
                f"Upload to '{path}'",
                lambda: self._client.storbinary(
                    f"STOR {self._at(path)}", Stoppable(file, self._ctx), _BLOCK_BYTES
                ),
            )

    def rename(self, old: str, new: str) -> None:
        self._call(f"Moving '{old}' to '{new}'", lambda: self._client.rename(self._at(old), self._at(new)))

    def remove(self, path: str) -> None:
        self._call(f"Deleting '{path}'", lambda: self._client.delete(self._at(path)))

    def make_folder(self, path: str) -> None:
        self._call(f"Making the folder '{path}'", lambda: self._client.mkd(self._at(path)))

    def remove_folder(self, path: str) -> None:
        self._call(f"Deleting '{path}'", lambda: self._client.rmd(self._at(path)))

    def _at(self, path: str) -> str:
        return f"{self._home}{path}" or "/"

    def _call(self, doing: str, call: Callable[[], T]) -> T:
        with ftp_errors(doing, self._ctx):
            return call()


@contextmanager
def ftp_errors(doing: str, ctx: RunContext) -> Iterator[None]:
    """Turn what the client raises into a TaskFailure that names `doing`."""
    try:
        yield
    except (ftplib.Error, OSError, EOFError, ValueError, AttributeError) as error:
        if ctx.cancelled.is_set():  # the client has lost its socket, so all kinds of errors come
            raise TaskFailure(f"Stopped; {doing[0].lower()}{doing[1:]} was broken off") from error
        if isinstance(error, AttributeError):
            raise
        raise TaskFailure(f"{doing} failed: {_said(error)}") from error


def _said(error: Exception) -> str:
    text = str(error) or "the connection was closed"
    if isinstance(error, ftplib.error_perm) and text.startswith("530"):
        return f"{text}; check `username` and `password`"
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate of the server is not valid: {error.verify_message}; for tests there is "
            "`insecureTrustAllCertificates: true`"
        )
    if isinstance(error, ssl.SSLError):
        return f"no secure connection: {text}; check `mode` and `port`"
    if isinstance(error, OSError):
        return f"{text}; check `host` and `port`"
    return text


def _cut_off(client: ftplib.FTP) -> None:
    """Close the connection from another thread; the one that works with it gets an error."""
    sock = client.sock
    if sock is not None:
        client.sock = None
        sock.close()
