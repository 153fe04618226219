"""A session with a mail server."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from engine.errors import TaskFailure

if TYPE_CHECKING:
    from engine.plugin import RunContext

Strategy = Literal["SMTP", "SMTPS", "SMTP_TLS", "SMTP_OAUTH2"]

_PORTS: Final = {"SMTP": 25, "SMTPS": 465, "SMTP_TLS": 587, "SMTP_OAUTH2": 587}


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server and how it is talked to. `verify`: its certificate must be valid."""

    host: str
    port: int | None
    strategy: Strategy
    username: str | None
    password: str | None
    timeout: float
    verify: bool

    @property
    def name(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port or _PORTS[self.strategy]}"


@contextmanager
def session(ctx: RunContext, server: Server) -> Iterator[smtplib.SMTP]:
    """Connect and log in; a kill closes the connection. Raises TaskFailure for everything that goes wrong."""
    try:
        with _connected(server) as client:
            ctx.on_cancel(client.close)
            _secure(client, server)
            _log_in(client, server)
            yield client
    except smtplib.SMTPAuthenticationError as error:
        raise TaskFailure(
            f"{server.name} refused the login of '{server.username}': {_words(error)}"
        ) from error
    except ssl.SSLError as error:
        raise TaskFailure(
            f"{server.name}: no secure connection: {error}; check `transportStrategy` and the port, or for "
            f"tests set `verifyServerIdentity: false`"
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise TaskFailure(f"{server.name}: {error}; choose another `transportStrategy`") from error
    except (smtplib.SMTPException, OSError) as error:
        if ctx.cancelled.is_set():
            raise TaskFailure("sending the mail was stopped") from error
        raise TaskFailure(f"{server.name} did not take the mail: {_words(error)}") from error


def _connected(server: Server) -> smtplib.SMTP:
    port = server.port or _PORTS[server.strategy]
    if server.strategy == "SMTPS":
        tls = _tls(server.verify)
        return smtplib.SMTP_SSL(server.host, port, timeout=server.timeout, context=tls)
    return smtplib.SMTP(server.host, port, timeout=server.timeout)


def _secure(client: smtplib.SMTP, server: Server) -> None:
    """Switch to TLS where the strategy asks for it; plain SMTP does so when the server offers it."""
    client.ehlo()
    if server.strategy in ("SMTP_TLS", "SMTP_OAUTH2"):
        client.starttls(context=_tls(server.verify))
    elif server.strategy == "SMTP" and client.has_extn("starttls"):
        # Without it the mail would go unprotected, so an unknown certificate is better than none.
        client.starttls(context=_tls(verify=False))


def _tls(verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _log_in(client: smtplib.SMTP, server: Server) -> None:
    if server.strategy == "SMTP_OAUTH2":
        if not server.username or not server.password:
            raise TaskFailure("SMTP_OAUTH2 needs `username` and `accessToken`")
        client.ehlo()
        answer = f"user={server.username}\x01auth=Bearer {server.password}\x01\x01"
        client.auth("XOAUTH2", lambda challenge=None: answer if challenge is None else "")
    elif server.username:
        client.login(server.username, server.password or "")


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        refused = (
            f"{address} ({text.decode('utf-8', 'replace')})"
            for address, (_, text) in error.recipients.items()
        )
        return f"it refuses {', '.join(refused)}"
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
    return str(error) or type(error).__name__
