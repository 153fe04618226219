"""A mail, from the properties of a task."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.utils import formatdate, getaddresses, make_msgid
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from engine.errors import TaskFailure
from engine.model.json import loads
from engine.plugin import Task, Text
from engine.plugins.email._session import Server, Strategy, session

if TYPE_CHECKING:
    from engine.plugin import RunContext

_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")


class Attachment(BaseModel):
    """A file sent with a mail."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", use_attribute_docstrings=True
    )

    uri: Text
    """Address of the stored file."""

    name: Text
    """Name the receiver sees."""

    content_type: Text = "application/octet-stream"
    """Kind of the content."""


def _read_list(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return loads(value) if value.strip() else None
    except ValueError as error:
        raise ValueError(f"'{value[:200]}' is not a JSON list: {error}") from error


Attachments = Annotated[
    list[Attachment] | None,
    BeforeValidator(_read_list),
    WithJsonSchema(
        {"anyOf": [{"type": "array", "items": Attachment.model_json_schema()}, {"type": "string"}]}
    ),
]
"""A list of files; also as JSON text."""


class MailProperties(Task):
    """A mail server and a mail."""

    abstract: ClassVar[bool] = True

    host: Text
    """Host of the mail server."""

    port: int | None = None
    """Port of the mail server; by default the usual one: 465 for SMTPS, 587 with TLS, else 25."""

    username: Text | None = None
    """User name."""

    password: Text | None = None
    """Password."""

    access_token: Text | None = None
    """Token for SMTP_OAUTH2; without it `password` is the token."""

    transport_strategy: Strategy = "SMTPS"
    """How the connection is protected: SMTPS from the start, SMTP_TLS and SMTP_OAUTH2 after a greeting, SMTP
    only if the server offers it."""

    session_timeout: int = 10_000
    """Time limit of every step of the session in milliseconds."""

    verify_server_identity: bool = True
    """Whether the certificate of the server must be valid."""

    trusted_hosts: list[Text] | None = None
    """Hosts whose certificate is accepted as it is."""

    from_: Annotated[Text | None, Field(alias="from")] = None
    """Address of the sender; by default the user name."""

    to: Text
    """Addresses of the receivers, with `;` between them."""

    cc: Text | None = None
    """Addresses of receivers of a copy, with `;` between them."""

    subject: Text | None = None
    """Subject."""

    html_text_content: Text | None = None
    """Body as HTML."""

    plain_text_content: Text | None = None
    """Body as plain text, for readers without HTML."""

    attachments: Attachments = None
    """Files sent with the mail: `uri`, `name` and `contentType`; also as JSON text."""

    embedded_images: Attachments = None
    """Pictures of the HTML body, shown there by `<img src="cid:name">`; also as JSON text."""

    def send(self, ctx: RunContext, *, subject: str | None, plain: str | None, html: str | None) -> None:
        """Send a mail with this subject and bodies; raises TaskFailure when it is not taken."""
        message = self._message(ctx, subject, plain, html)
        server = Server(
            host=self.host,
            port=self.port,
            strategy=self.transport_strategy,
            username=self.username,
            password=self.access_token or self.password,
            timeout=self.session_timeout / 1000,
            verify=self.verify_server_identity and self.host not in (self.trusted_hosts or ()),
        )
        with session(ctx, server) as client:
            refused = client.send_message(message)
        if refused:
            ctx.warn(f"{server.name} refuses these receivers: {', '.join(refused)}")
        ctx.debug(f"The mail was sent by {server.name}")

    def _message(
        self, ctx: RunContext, subject: str | None, plain: str | None, html: str | None
    ) -> EmailMessage:
        message = EmailMessage()
        headers = {
            "From": addresses("from", self.from_ or self.username or ""),
            "To": addresses("to", self.to),
            "Cc": addresses("cc", self.cc) if self.cc else None,
            "Subject": subject,
            "Date": formatdate(ctx.clock().timestamp()),
            "Message-ID": make_msgid(domain="flowsmith.local"),
        }
        for name, value in headers.items():
            if value is not None:
                try:
                    message[name] = value
                except ValueError as error:
                    raise TaskFailure(f"{name.lower()}: {value!r:.100} cannot be sent: {error}") from error
        message.set_content(plain or "Please view this mail with a reader that shows HTML.")
        if html is not None:
            message.add_alternative(html, subtype="html")
            self._embed(ctx, message)
        for attachment in self.attachments or ():
            main, sub = content_type(attachment)
            content = _content(ctx, attachment)
            message.add_attachment(content, maintype=main, subtype=sub, filename=attachment.name)
        return message

    def _embed(self, ctx: RunContext, message: EmailMessage) -> None:
        parts: Any = message.get_payload()
        for image in self.embedded_images or ():
            main, sub = content_type(image)
            parts[1].add_related(
                _content(ctx, image), maintype=main, subtype=sub, cid=f"<{image.name}>", filename=image.name
            )


def addresses(name: str, text: str) -> str:
    """Return addresses with `,` between them; raises TaskFailure when there is none, or one is wrong."""
    found = getaddresses([text.replace(";", ",")])
    if not found or any("@" not in address or "\n" in address for _, address in found):
        raise TaskFailure(f"{name}: '{text}' is not a list of mail addresses; write like ann@example.org; …")
    return text.replace(";", ",").strip(" ,")


def content_type(attachment: Attachment) -> tuple[str, str]:
    """Return the two halves of a content type; raises TaskFailure."""
    if not _TYPE.fullmatch(attachment.content_type):
        raise TaskFailure(f"contentType: '{attachment.content_type}' is not a content type like text/csv")
    main, _, sub = attachment.content_type.partition("/")
    return main, sub


def _content(ctx: RunContext, attachment: Attachment) -> bytes:
    with ctx.open(attachment.uri) as file:
        return file.read()
