"""Mails, taken by a mail server on this machine."""

from __future__ import annotations

import base64
import datetime
import email
import socket
import ssl
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engine.errors import TaskFailure

SEND = "email.MailSend"
LETTER = {"from": "Ann <ann@example.org>", "to": "bob@example.org; Cy <cy@example.org>", "subject": "Hé"}


class Box:
    """Keeps mails; refuses receivers whose name begins with `no`."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], Message]] = []
        self.tokens: list[str] = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address.startswith("no"):
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content)))
        return "250 OK"

    async def auth_XOAUTH2(self, server, args):  # noqa: N802
        self.tokens.append(base64.b64decode(args[1]).decode())
        return AuthResult(success="Bearer good" in self.tokens[-1], handled=False)


class FreePort(Controller):
    """A server on a port the system chose."""

    def _trigger_server(self) -> None:
        with socket.create_connection(self.server.sockets[0].getsockname()[:2]):  # type: ignore[union-attr]
            pass


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Path:
    """A certificate of `localhost` that nobody else vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def allow(server, session, envelope, mechanism, data) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"ann", b"right"), handled=False)


Start = Callable[..., tuple[Box, dict[str, object]]]


@pytest.fixture
def start(certificate: Path) -> Iterator[Start]:
    """Return `start(kind)`: a mail server, `plain`, `starttls` or `tls`, and the properties that find it."""
    running: list[Controller] = []

    def begin(kind: str, **options: object) -> tuple[Box, dict[str, object]]:
        box = Box()
        kwargs: dict[str, object] = {"hostname": "localhost", "port": 0, **options}
        if kind == "starttls":
            kwargs["tls_context"] = tls(certificate)
        if kind == "tls":
            kwargs["ssl_context"] = tls(certificate)
        controller = FreePort(box, **kwargs)  # type: ignore[arg-type]
        controller.start()
        running.append(controller)
        port = controller.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        return box, {"host": "localhost", "port": port}

    yield begin
    for controller in running:
        controller.stop()


def test_a_mail_arrives_with_bodies_files_and_pictures(start: Start, make_context, run_task) -> None:
    box, server = start("plain")
    ctx = make_context()
    csv = ctx.put("a.csv", b"a\n1\n")
    attachments = f'[{{"uri": "{csv}", "name": "totals é.csv", "contentType": "text/csv"}}]'
    run_task(
        ctx,
        SEND,
        **server,
        **LETTER,
        transportStrategy="SMTP",
        cc="di@example.org",
        plainTextContent="plain é",
        htmlTextContent="<b>html</b>",
        attachments=attachments,
        embeddedImages=[{"uri": ctx.put("p.png", b"\x89PNG"), "name": "logo", "contentType": "image/png"}],
    )
    ((receivers, mail),) = box.mails
    assert receivers == ["bob@example.org", "cy@example.org", "di@example.org"]
    assert str(email.header.make_header(email.header.decode_header(mail["Subject"]))) == "Hé"
    parts = {part.get_content_type(): part for part in mail.walk()}
    assert parts["text/plain"].get_payload(decode=True).decode().strip() == "plain é"
    assert parts["text/html"].get_payload(decode=True).decode().strip() == "<b>html</b>"
    assert (parts["text/csv"].get_filename(), parts["text/csv"].get_payload(decode=True)) == (
        "totals é.csv",
        b"a\n1\n",
    )
    assert (parts["image/png"]["Content-ID"], parts["image/png"].get_payload(decode=True)) == (
        "<logo>",
        b"\x89PNG",
    )


def test_the_connection_is_protected_from_the_start(
    start: Start, certificate, make_context, run_task, monkeypatch
) -> None:
    box, server = start("tls")
    with pytest.raises(TaskFailure, match="no secure connection.*verifyServerIdentity"):
        run_task(make_context(), SEND, **server, **LETTER)
    run_task(make_context(), SEND, **server, **LETTER, verifyServerIdentity=False)
    run_task(make_context(), SEND, **server, **LETTER, trustedHosts=["localhost"])
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    run_task(make_context(), SEND, **server, **LETTER)
    assert len(box.mails) == 3


def test_the_connection_is_protected_after_a_greeting(
    start: Start, certificate, make_context, run_task, monkeypatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    options = {"auth_require_tls": True, "auth_required": True, "authenticator": allow}
    box, server = start("starttls", **options)
    login = {"username": "ann", "password": "right", "transportStrategy": "SMTP_TLS"}
    run_task(make_context(), SEND, **server, **LETTER, **login)
    run_task(make_context(), SEND, **server, **LETTER, **{**login, "transportStrategy": "SMTP"})
    assert len(box.mails) == 2
    with pytest.raises(TaskFailure, match="refused the login of 'ann': 535"):
        run_task(make_context(), SEND, **server, **LETTER, **{**login, "password": "wrong"})


def test_a_token_logs_in(start: Start, make_context, run_task) -> None:
    box, server = start("starttls")
    login = {"username": "ann", "transportStrategy": "SMTP_OAUTH2", "verifyServerIdentity": False}
    run_task(make_context(), SEND, **server, **LETTER, **login, accessToken="good")
    assert box.tokens == ["user=ann\x01auth=Bearer good\x01\x01"]
    with pytest.raises(TaskFailure, match="refused the login"):
        run_task(make_context(), SEND, **server, **LETTER, **login, accessToken="bad")
    with pytest.raises(TaskFailure, match="needs `username` and `accessToken`"):
        run_task(make_context(), SEND, **server, **LETTER, **login)


def test_a_server_without_tls_is_refused(start: Start, make_context, run_task) -> None:
    box, server = start("plain")
    with pytest.raises(TaskFailure, match="choose another `transportStrategy`"):
        run_task(make_context(), SEND, **server, **LETTER, transportStrategy="SMTP_TLS")
    with pytest.raises(TaskFailure, match="no secure connection"):
        run_task(make_context(), SEND, **server, **LETTER)
    assert box.mails == []


def test_receivers_that_are_refused(start: Start, make_context, run_task) -> None:
    box, server = start("plain")
    with pytest.raises(TaskFailure, match=r"refuses nobody@example.org \(nobody of that name\)"):
        run_task(
            make_context(), SEND, **server, transportStrategy="SMTP", **{**LETTER, "to": "nobody@example.org"}
        )
    ctx = make_context()
    run_task(
        ctx,
        SEND,
        **server,
        transportStrategy="SMTP",
        **{**LETTER, "to": "nobody@example.org;bob@example.org"},
    )
    assert any("refuses these receivers: nobody@example.org" in text for text in ctx.messages)
    assert len(box.mails) == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"to": "bob"}, "to: 'bob' is not a list of mail addresses"),
        ({"to": ""}, "to: '' is not"),
        ({"subject": "a\nBcc: eve@example.org"}, "subject: .* cannot be sent"),
        ({"attachments": "nope"}, "attachments: 'nope' is not JSON"),
        ({"transportStrategy": "PIGEON"}, "transportStrategy"),
    ],
)
def test_what_is_no_mail_is_refused(change: dict, problem: str, make_context, run_task) -> None:
    with pytest.raises(TaskFailure, match=problem):
        run_task(make_context(), SEND, **{"host": "localhost", "port": 9, **LETTER, **change})


def test_no_server(make_context, run_task) -> None:
    with pytest.raises(TaskFailure, match="127.0.0.1:9 did not take the mail"):
        run_task(make_context(), "notifications.mail.MailSend", host="127.0.0.1", port=9, **LETTER)


FLOW = """
id: unlucky
namespace: company.team
inputs:
  - id: port
    type: INT
tasks:
  - id: breaks
    type: io.kestra.plugin.core.execution.Fail
errors:
  - id: tell
    type: io.kestra.plugin.email.MailExecution
    host: localhost
    port: "{{ inputs.port }}"
    transportStrategy: SMTP
    from: ann@example.org
    to: bob@example.org
    customFields:
      Owner: "<Ann>"
"""


def test_a_failing_flow_tells_of_itself(start: Start, run) -> None:
    box, server = start("plain")
    execution = run(FLOW, port=server["port"])
    ((_, mail),) = box.mails
    assert mail["Subject"] == "company.team.unlucky: FAILED"
    plain, html = (part.get_payload(decode=True).decode() for part in mail.get_payload())
    assert "Failed task: breaks" in plain
    assert execution.id in plain
    assert "&lt;Ann&gt;" in html
