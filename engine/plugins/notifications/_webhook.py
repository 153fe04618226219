"""Messages posted as JSON to an address that a chat service gave."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from engine.errors import TaskFailure
from engine.model.json import Json, dumps, loads
from engine.plugin import Duration, Part, StringMap, Task, Text
from engine.plugins.core.http._client import exchange
from engine.plugins.core.http._options import Options, Proxy
from engine.plugins.core.http.request import Request

if TYPE_CHECKING:
    from engine.plugin import RunContext


class WebhookOptions(Part):
    """How a message is sent."""

    connect_timeout: Duration | None = None
    """How long connecting may take; 30 seconds when left out."""

    read_timeout: Duration = timedelta(seconds=10)
    """How long the server may send nothing."""

    read_idle_timeout: Duration | None = None
    """Accepted and without effect: `readTimeout`."""

    connection_pool_idle_timeout: Duration | None = None
    """Accepted and without effect: every message opens its own connection."""

    max_content_length: int | None = None
    """Accepted and without effect: answers are short."""

    default_charset: Text = "UTF-8"
    """Character set of the message."""

    headers: StringMap = {}
    """More headers of the request."""

    proxy: Proxy | None = None
    """A proxy between this service and the server."""


class Webhook(Task):
    """A task that posts JSON to a secret address."""

    abstract: ClassVar[bool] = True

    url: Text
    """Address of the incoming webhook, as the service gave it. Keep it as a secret: who knows it can post."""

    options: WebhookOptions = WebhookOptions()
    """How the message is sent."""

    def post(self, ctx: RunContext, message: Json) -> None:
        """Send the message; raises TaskFailure when it is not taken. The address is told without its path."""
        options = self.options
        request = Request(
            uri=self.url,
            method="POST",
            body=dumps(message).decode(),
            headers=dict(options.headers),
            options=Options(
                connect_timeout=options.connect_timeout,
                read_timeout=options.read_timeout,
                default_charset=options.default_charset,
                proxy=options.proxy,
            ),
        )
        try:
            with exchange(request, ctx) as response:
                response.read()
                if not response.is_success:
                    raise TaskFailure(f"POST {self.url} answered {response.status_code}")
        except TaskFailure as error:
            # Not `from error`: its message holds the whole address.
            raise TaskFailure(self._without_secret(error.message)) from None
        ctx.debug(f"The message was sent to {self._shown()}")

    def _shown(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…" if parts.netloc else "the webhook"

    def _without_secret(self, message: str) -> str:
        parts = urlsplit(self.url.strip())
        secret = self.url.strip().removeprefix(f"{parts.scheme}://{parts.netloc}").lstrip("/")
        message = message.replace(self.url, self._shown())
        return message.replace(secret, "…") if len(secret) > 3 else message


def read_payload(text: str) -> Json:
    """Read a payload; raises TaskFailure when it is not JSON."""
    try:
        return loads(text)
    except ValueError as error:
        raise TaskFailure(
            f"payload: it is not JSON: {error}; texts from expressions need `| toJson`: {text[:200]}"
        ) from error
