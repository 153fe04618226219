"""Servers for files on loopback: SFTP (asyncssh), FTP and FTP over TLS (pyftpdlib), all over one folder."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

USER, PASSWORD = "loader", "open-sesame"
_CLIENT_KEY = asyncssh.generate_private_key("ssh-ed25519")
_HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")


@dataclass
class Files:
    """The servers; `folder` is what they show, tests look into it."""

    folder: Path
    ports: dict[str, int]

    @property
    def known_hosts(self) -> str:
        """The line that tells the true key of the SFTP server."""
        return f"[127.0.0.1]:{self.ports['sftp']} {_HOST_KEY.export_public_key().decode()}"

    @property
    def keyfile(self) -> str:
        """A private key that is let in."""
        return _CLIENT_KEY.export_private_key("pkcs8-pem").decode()

    def locked_keyfile(self, passphrase: str) -> str:
        """The same, locked."""
        return _CLIENT_KEY.export_private_key("pkcs8-pem", passphrase).decode()

    def properties(self, kind: str) -> dict[str, Any]:
        """Properties of a task that reaches a server: `sftp`, `ftp`, `ftps`, or `ftp-old`, `ftps-implicit`."""
        given = {"host": "127.0.0.1", "port": self.ports[kind], "username": USER, "password": PASSWORD}
        if kind.startswith("ftps"):
            given["insecureTrustAllCertificates"] = True
        if kind == "ftps-implicit":
            given["mode"] = "IMPLICIT"
        return given

    def put(self, path: str, content: str = "", modified: float | None = None) -> None:
        """Write a file as somebody else would."""
        import os

        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content or path)
        if modified is not None:
            os.utime(target, (modified, modified))

    def names(self) -> list[str]:
        """Return the paths of all files."""
        return sorted(
            str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if not path.is_dir()
        )


class _Ssh(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key == _CLIENT_KEY.convert_to_public()


class _OldHandler(FTPHandler):
    """As servers that only know `LIST`."""

    proto_cmds = {
        name: about for name, about in FTPHandler.proto_cmds.items() if name not in ("MLSD", "MLST")
    }


class _ImplicitHandler(TLS_FTPHandler):
    """TLS from the first byte."""

    def handle(self) -> None:
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self) -> None:
        TLS_FTPHandler.handle(self)


def certificate(folder: Path) -> str:
    """Write a certificate for 127.0.0.1 with its key into a file and return its path."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return str(path)


def _ftp(base: type[FTPHandler], folder: Path, loop: IOLoop, **more: Any) -> int:
    authorizer = DummyAuthorizer()
    authorizer.add_user(USER, PASSWORD, str(folder), perm="elradfmwMT")
    handler = type(
        "Handler",
        (base,),
        {"authorizer": authorizer, "use_sendfile": False, "auth_failed_timeout": 0, **more},
    )
    return int(FTPServer(("127.0.0.1", 0), handler, ioloop=loop).address[1])


def _run_ftp(loop: IOLoop, stop: threading.Event) -> None:
    while not stop.is_set():
        loop.loop(timeout=0.01, blocking=False)
    loop.close()


def _run_ssh(folder: Path, started: threading.Event, found: dict[str, Any]) -> None:
    async def serve() -> None:
        found["loop"], found["stop"] = asyncio.get_running_loop(), asyncio.Event()

        def sftp(channel: Any) -> asyncssh.SFTPServer:
            return asyncssh.SFTPServer(channel, chroot=str(folder))

        server = await asyncssh.create_server(
            _Ssh, "127.0.0.1", 0, server_host_keys=[_HOST_KEY], sftp_factory=sftp
        )
        found["port"] = server.get_port()
        started.set()
        await found["stop"].wait()
        server.close()
        await server.wait_closed()

    asyncio.run(serve())


@pytest.fixture(scope="session")
def file_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    """All servers for the whole run."""
    base = tmp_path_factory.mktemp("servers")
    folder = base / "shown"
    folder.mkdir()
    stop, loop, pem = threading.Event(), IOLoop(), certificate(base)
    tls = {"certfile": pem, "tls_control_required": True, "tls_data_required": True}
    ports = {
        "ftp": _ftp(FTPHandler, folder, loop),
        "ftp-old": _ftp(_OldHandler, folder, loop),
        "ftps": _ftp(TLS_FTPHandler, folder, loop, **tls),
        "ftps-implicit": _ftp(_ImplicitHandler, folder, loop, **tls),
    }
    started: threading.Event = threading.Event()
    found: dict[str, Any] = {}
    runs: list[Callable[[], None]] = [
        lambda: _run_ftp(loop, stop),
        lambda: _run_ssh(folder, started, found),
    ]
    threads = [threading.Thread(target=run) for run in runs]
    for thread in threads:
        thread.start()
    try:
        assert started.wait(10)
        yield Files(folder, {**ports, "sftp": found["port"]})
    finally:
        stop.set()
        found["loop"].call_soon_threadsafe(found["stop"].set)
        for thread in threads:
            thread.join()


@pytest.fixture
def files(file_servers: Files) -> Files:
    """The servers, with an empty folder."""
    import shutil

    for path in file_servers.folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return file_servers
