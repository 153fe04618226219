"""A session of SFTP, on asyncssh; the loop runs on the task's own thread."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Awaitable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from engine.errors import TaskFailure
from engine.plugin import RunContext, Text
from engine.plugins._package import optional
from engine.plugins.fs._properties import RemoteProperties
from engine.plugins.fs._remote import Entry, Session

T = TypeVar("T")
_CONNECT_SECONDS = 30
_ALIVE_SECONDS = 15


class SftpProperties(RemoteProperties):
    """A server reached by SFTP."""

    abstract: ClassVar[bool] = True
    scheme: ClassVar[str] = "sftp"

    port: Text = "22"
    """Port of the server."""
    keyfile: Text | None = None
    """The text of a private key, PEM or OpenSSH, best kept as a secret."""
    passphrase: Text | None = None
    """Passphrase of the key."""
    known_hosts: Text | None = None
    """The server's public key, as lines of a `known_hosts` file (`ssh-keyscan HOST` prints them); another
    key is refused. Without it any server of that name is trusted."""
    key_exchange_algorithm: Text | None = None
    """Key exchange to insist on, like `diffie-hellman-group14-sha256`."""
    enable_ssh_rsa1: bool = False
    """Whether the weak signatures of RSA with SHA-1 are allowed, for very old servers."""

    @contextmanager
    def session(self, ctx: RunContext) -> Iterator[Session]:
        """Connect and log in; a kill breaks the connection off."""
        with asyncio.Runner() as runner:
            connection = self._connected(runner)
            try:
                if ctx.cancelled.is_set():
                    raise TaskFailure("Stopped; nothing was done")
                ctx.on_cancel(lambda: _abort(runner.get_loop(), connection))
                sftp = self._called(runner, "Starting SFTP", connection.start_sftp_client())
                yield _Sftp(self, ctx, runner, sftp)
            finally:
                connection.abort()
                runner.run(connection.wait_closed())

    def _connected(self, runner: asyncio.Runner) -> Any:
        given: dict[str, Any] = {
            "username": self.username or (),
            "password": self.password,
            "client_keys": [self._key()] if self.keyfile else None,
            "known_hosts": self._known_hosts(),
            "agent_path": None,
            "config": None,
            "connect_timeout": _CONNECT_SECONDS,
            "login_timeout": _CONNECT_SECONDS,
            "keepalive_interval": _ALIVE_SECONDS,
        }
        if self.key_exchange_algorithm:
            given["kex_algs"] = [self.key_exchange_algorithm]
        if self.enable_ssh_rsa1:
            given |= {"server_host_key_algs": "+ssh-rsa", "signature_algs": "+ssh-rsa"}
        connecting = ssh("asyncssh").connect(self.host, self.port_number, **given)
        return self._called(runner, "Connecting", connecting)

    def _key(self) -> Any:
        package = ssh("asyncssh")
        try:
            return package.import_private_key(self.keyfile, self.passphrase)
        except package.KeyEncryptionError as error:
            raise TaskFailure(
                "passphrase: missing or wrong; it does not open the key in `keyfile`"
            ) from error
        except (package.KeyImportError, ValueError) as error:
            if self.passphrase or "passphrase" in str(error).lower():
                raise TaskFailure(
                    f"passphrase: missing or wrong, or `keyfile` is no private key ({error})"
                ) from error
            raise TaskFailure(
                "keyfile: not a private key; give the whole text of the file, PEM or OpenSSH"
            ) from error

    def _known_hosts(self) -> Any:
        if self.known_hosts is None:
            return None
        try:
            return ssh("asyncssh").import_known_hosts(self.known_hosts)
        except ValueError as error:
            raise TaskFailure(
                f"knownHosts: not lines of a known_hosts file ({error}); ssh-keyscan prints them"
            ) from error

    def _called(self, runner: asyncio.Runner, doing: str, call: Awaitable[T]) -> T:
        """Wait for a call; its errors become a TaskFailure that names `doing`."""
        package, place = ssh("asyncssh"), f"{self.host}:{self.port}"
        try:
            return runner.run(_awaited(call))
        except package.HostKeyNotVerifiable as error:
            raise TaskFailure(
                f"{place} shows another key than `knownHosts` says; do not go on before you know why"
            ) from error
        except package.PermissionDenied as error:
            raise TaskFailure(
                f"{place} refused the login of '{self.username}': check `username`, `password` and `keyfile`"
            ) from error
        except package.SFTPError as error:
            raise TaskFailure(f"{doing} failed: {error.reason or type(error).__name__}") from error
        except package.Error as error:
            raise TaskFailure(f"{doing} failed: {place}: {error}") from error
        except (OSError, TimeoutError, ValueError) as error:
            why = str(error) or "no answer in time"
            raise TaskFailure(f"{doing} failed: {place}: {why}; check `host` and `port`") from error


class _Sftp:
    """The session: paths are relative to the user's folder, or to the root."""

    def __init__(self, task: SftpProperties, ctx: RunContext, runner: asyncio.Runner, sftp: Any) -> None:
        self._task, self._ctx, self._runner, self._sftp = task, ctx, runner, sftp

    def stat(self, path: str) -> Entry | None:
        missing = ssh("asyncssh").SFTPNoSuchFile

        async def look() -> Entry | None:
            try:
                own = await self._sftp.lstat(self._at(path))
                link = stat.S_ISLNK(own.permissions or 0)
                return _entry(path, await self._sftp.stat(self._at(path)) if link else own, link=link)
            except missing:
                return None

        return self._call(f"Looking at '{path}'", look())

    def entries(self, folder: str) -> list[Entry]:
        async def read() -> list[Entry]:
            found = []
            async for item in self._sftp.scandir(self._at(folder)):
                if item.filename in (".", ".."):
                    continue
                path = f"{folder.rstrip('/')}/{item.filename}"
                link = stat.S_ISLNK(item.attrs.permissions or 0)
                attributes = await self._followed(path) if link else item.attrs
                if attributes is not None:
                    found.append(_entry(path, attributes, link=link))
            return found

        return self._call(f"Listing '{folder}'", read())

    async def _followed(self, path: str) -> Any:
        """Return what a link points to; None when that is nothing."""
        try:
            return await self._sftp.stat(self._at(path))
        except ssh("asyncssh").SFTPError:
            return None

    def get(self, path: str, target: Path) -> None:
        self._call(f"Download of '{path}'", self._sftp.get(self._at(path), str(target)))

    def put(self, source: Path, path: str) -> None:
        self._call(f"Upload to '{path}'", self._sftp.put(str(source), self._at(path)))

    def rename(self, old: str, new: str) -> None:
        self._call(f"Moving '{old}' to '{new}'", self._sftp.rename(self._at(old), self._at(new)))

    def remove(self, path: str) -> None:
        self._call(f"Deleting '{path}'", self._sftp.remove(self._at(path)))

    def make_folder(self, path: str) -> None:
        self._call(f"Making the folder '{path}'", self._sftp.mkdir(self._at(path)))

    def remove_folder(self, path: str) -> None:
        self._call(f"Deleting '{path}'", self._sftp.rmdir(self._at(path)))

    def _at(self, path: str) -> str:
        return (path.lstrip("/") or ".") if self._task.root_dir else path

    def _call(self, doing: str, call: Coroutine[Any, Any, T]) -> T:
        if self._ctx.cancelled.is_set():
            call.close()
            raise TaskFailure(f"Stopped; {doing[0].lower()}{doing[1:]} was not begun")
        try:
            return self._task._called(self._runner, doing, call)
        except TaskFailure as error:
            if self._ctx.cancelled.is_set():
                raise TaskFailure(f"Stopped; {doing[0].lower()}{doing[1:]} was broken off") from error
            raise


def _entry(path: str, attributes: Any, *, link: bool) -> Entry:
    return Entry(
        path=path,
        folder=stat.S_ISDIR(attributes.permissions or 0),
        size=attributes.size or 0,
        modified=_moment(attributes.mtime),
        accessed=_moment(attributes.atime),
        link=link,
        user_id=attributes.uid,
        group_id=attributes.gid,
        permissions=attributes.permissions,
    )


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None


async def _awaited(call: Awaitable[T]) -> T:
    """Make a coroutine of what asyncssh gives, which only can be awaited."""
    return await call


def _abort(loop: asyncio.AbstractEventLoop, connection: Any) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(connection.abort)


def ssh(name: str) -> Any:
    """Import a module of the SSH client, when a task first needs it; raises TaskFailure."""
    return optional(name, tasks="SFTP", extra="sftp")
