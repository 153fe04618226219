"""What all AMQP tasks share: the connection, the forms of messages, and what errors become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import unquote, urlsplit

from engine.errors import TaskFailure
from engine.model.duration import duration_text, parse_duration
from engine.model.json import Json, dumps, loads
from engine.model.moment import from_text, to_text
from engine.plugin import Plugin, RunContext, Text
from engine.plugins._package import optional
from engine.plugins._records import json_text, map_of, plain_text

SerdeType = Literal["STRING", "JSON"]
_SECONDS = 10.0
_NAMES = {
    "contentType": "content_type",
    "contentEncoding": "content_encoding",
    "deliveryMode": "delivery_mode",
    "priority": "priority",
    "messageId": "message_id",
    "correlationId": "correlation_id",
    "replyTo": "reply_to",
    "type": "type",
    "userId": "user_id",
    "appId": "app_id",
}
"""Properties of a message that are passed on as they are."""
_NUMBERS = frozenset({"deliveryMode", "priority"})


class AmqpProperties(Plugin):
    """Which broker, and as whom."""

    abstract: ClassVar[bool] = True

    host: Text | None = None
    """Host of the broker."""
    port: Text = "5672"
    """Port of the broker."""
    username: Text | None = None
    """Name of the user; `guest` when left out."""
    password: Text | None = None
    """Password of the user, best kept as a secret."""
    virtual_host: Text = "/"
    """The broker's virtual host."""
    url: Text | None = None
    """Older way to give all of it in one address: `amqp://user:password@host:5672/my_vhost`. The virtual host
    is the whole path, here `/my_vhost`."""

    @contextmanager
    def channel(self, ctx: RunContext, doing: str) -> Iterator[Any]:
        """Connect, log in and give a channel; closed at the end. Errors become a TaskFailure with `doing`."""
        package, (host, port, login, virtual_host) = amqp("pika"), self._address()
        given = package.ConnectionParameters(
            host,
            port,
            virtual_host,
            package.PlainCredentials(*login),
            socket_timeout=_SECONDS,
            stack_timeout=_SECONDS,
            blocked_connection_timeout=_SECONDS * 3,
        )
        place = f"{host}:{port}"
        try:
            connection = package.BlockingConnection(given)
        except (package.exceptions.AMQPError, OSError) as error:
            raise TaskFailure(f"{place} {_refusal(package, error, virtual_host)}") from error
        try:
            yield connection.channel()
        except (package.exceptions.AMQPError, OSError) as error:
            raise TaskFailure(f"{place}: {doing} failed: {reason(error)}") from error
        finally:
            if connection.is_open:
                connection.close()

    def _address(self) -> tuple[str, int, tuple[str, str], str]:
        """Return host, port, name and password, virtual host; raises TaskFailure."""
        if (self.url is None) == (self.host is None):
            raise TaskFailure("host: give either `host` or the older `url`")
        if self.url is None:
            if not self.port.isascii() or not self.port.isdigit() or not 0 < int(self.port) < 65536:
                raise TaskFailure(f"port: '{self.port}' is not a port; write a number like 5672")
            login = (self.username or "guest", "guest" if self.password is None else self.password)
            return str(self.host), int(self.port), login, self.virtual_host
        parts = urlsplit(self.url)
        try:
            port = 5672 if parts.port is None else parts.port
        except ValueError:
            port = 0
        if parts.scheme != "amqp" or not parts.hostname or not port:
            raise TaskFailure(
                "url: not the address of a broker; write it like amqp://user:password@host:5672/my_vhost"
            )
        name = "guest" if parts.username is None else unquote(parts.username)
        password = "guest" if parts.password is None else unquote(parts.password)
        return parts.hostname, port, (name, password), unquote(parts.path) or self.virtual_host


def _refusal(package: Any, error: Exception, virtual_host: str) -> str:
    known = package.exceptions
    if isinstance(error, known.ProbableAuthenticationError | known.AuthenticationError):
        return "refused the login; check `username` and `password`"
    if isinstance(error, known.ProbableAccessDeniedError | known.ConnectionClosedByBroker):
        return f"refused the virtual host '{virtual_host}': {reason(error)}; check `virtualHost`"
    return f"cannot be reached: {reason(error)}; check `host` and `port`"


def reason(error: Exception) -> str:
    """Return what an error of the client says; some have no text of their own."""
    text = getattr(error, "reply_text", None)
    if text:
        return str(text)
    inner = next((item for item in error.args if isinstance(item, Exception)), None)
    inner = getattr(inner, "exception", inner)  # what went wrong on the last way that was tried
    return str(inner) if inner is not None and str(inner) else str(error) or type(error).__name__


def packed(record: Json, form: SerdeType) -> tuple[Any, bytes]:
    """Return properties and body of a record `{data: …, headers: {…}, …}`; raises TaskFailure."""
    given = map_of(record, "{data: hello}")
    data = given.get("data")
    if form == "JSON":
        body = json_text(data, "data") if not isinstance(data, str) else _json_of(data)
    else:
        body = plain_text("" if data is None else data)
    found: dict[str, Any] = {}
    for name, field in _NAMES.items():
        if (value := given.get(name)) is not None:
            found[field] = _number(name, value) if name in _NUMBERS else str(value)
    if given.get("headers") is not None:
        found["headers"] = dict(map_of(given["headers"], "{kind: test}"))
    if given.get("expiration") is not None:
        found["expiration"] = str(_duration(given["expiration"]) // timedelta(milliseconds=1))
    if given.get("timestamp") is not None:
        found["timestamp"] = int(_moment(given["timestamp"]).timestamp())
    return amqp("pika").BasicProperties(**found), body.encode()


def _json_of(text: str) -> str:
    """Return JSON text as it is, and other text as a JSON string."""
    try:
        return json_text(text, "data")
    except TaskFailure:
        return dumps(text).decode()


def _number(name: str, value: Json) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise TaskFailure(f"from: {name}: '{value}' is not a number") from error


def _duration(value: Json) -> timedelta:
    try:
        return parse_duration(value)
    except ValueError as error:
        raise TaskFailure(f"from: expiration: {error}") from error


def _moment(value: Json) -> datetime:
    try:
        return value if isinstance(value, datetime) else from_text(str(value))
    except ValueError as error:
        raise TaskFailure(
            f"from: timestamp: '{value}' is not a date; write it like 2026-01-31T00:00:00Z"
        ) from error


def row_of(properties: Any, body: bytes, form: SerdeType) -> dict[str, Json]:
    """Return what is told of a message; raises TaskFailure when its body has not the form."""
    try:
        data: Json = loads(body) if form == "JSON" else body.decode()
    except ValueError as error:
        raise TaskFailure(
            f"A message is no {'JSON' if form == 'JSON' else 'UTF-8 text'}: {error}; it stays in the queue"
        ) from error
    row: dict[str, Json] = {name: getattr(properties, field) for name, field in _NAMES.items()}
    headers: Mapping[str, Any] | None = properties.headers
    row["headers"] = (
        None if headers is None else {name: plain_text(_plain(headers[name])) for name in headers}
    )
    lasts, moment = properties.expiration, properties.timestamp
    row["expiration"] = duration_text(timedelta(milliseconds=int(lasts))) if lasts else None
    row["timestamp"] = to_text(datetime.fromtimestamp(moment, UTC)) if moment is not None else None
    row["data"] = data
    return row


def _plain(value: Any) -> Any:
    """Return a value of a header as JSON knows it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return to_text(value.replace(tzinfo=UTC)) if isinstance(value, datetime) else value


def amqp(name: str) -> Any:
    """Import a module of the AMQP client, when a task first needs it; raises TaskFailure."""
    return optional(name, tasks="AMQP", extra="amqp")
