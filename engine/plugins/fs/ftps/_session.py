"""A session of FTP over TLS, on the standard library."""

from __future__ import annotations

import ftplib
import socket
import ssl
from typing import Any, ClassVar, Literal

from engine.errors import TaskFailure
from engine.plugin import Text
from engine.plugins.fs.ftp._session import FtpProperties


class FtpsProperties(FtpProperties):
    """A server reached by FTP over TLS."""

    abstract: ClassVar[bool] = True
    scheme: ClassVar[str] = "ftps"

    port: Text = "990"
    """Port of the server."""
    mode: Literal["EXPLICIT", "IMPLICIT"] = "EXPLICIT"
    """`EXPLICIT` asks for TLS after connecting, `IMPLICIT` begins with it."""
    data_channel_protection_level: Literal["P", "C"] = "P"
    """`P` encrypts the files too, `C` only names, passwords and commands."""
    insecure_trust_all_certificates: bool = False
    """Whether any certificate is taken. Only for tests: nobody knows then who the server is."""

    def client(self) -> ftplib.FTP:
        """Return the client, not yet connected."""
        if self.insecure_trust_all_certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        else:
            context = ssl.create_default_context()
        kind = _Implicit if self.mode == "IMPLICIT" else _Explicit
        timeout = self.options.connection_timeout.total_seconds()
        return kind(context=context, timeout=timeout, encoding="utf-8")

    def enter(self, client: ftplib.FTP) -> None:
        """Connect, log in, and protect the data."""
        super().enter(client)
        if not isinstance(client, ftplib.FTP_TLS):
            raise TaskFailure("mode: the connection is not secured")
        if self.data_channel_protection_level == "P":
            client.prot_p()
        else:
            client.voidcmd("PBSZ 0")  # servers want it before any PROT
            client.prot_c()


class _Explicit(ftplib.FTP_TLS):
    """Data goes on in the TLS session of the commands: many servers insist on it."""

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Open the connection for data."""
        conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:  # type: ignore[attr-defined]  # known since Python 2.7, in no stub
            session = self.sock.session if isinstance(self.sock, ssl.SSLSocket) else None
            conn = self.context.wrap_socket(conn, server_hostname=self.host, session=session)
        return conn, size


class _Implicit(_Explicit):
    """TLS from the first byte."""

    _secured: Any = None

    @property
    def sock(self) -> Any:
        """The connection for commands."""
        return self._secured

    @sock.setter
    def sock(self, value: Any) -> None:
        if isinstance(value, socket.socket) and not isinstance(value, ssl.SSLSocket):
            value = self.context.wrap_socket(value, server_hostname=self.host)
        self._secured = value

    def login(self, user: str = "", passwd: str = "", acct: str = "", secure: bool = False) -> str:
        """Log in; TLS is there already."""
        return ftplib.FTP.login(self, user, passwd, acct)
