"""What all MQTT tasks share: the connection, the forms of payloads, and what errors become."""

from __future__ import annotations

import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field

from engine.errors import TaskFailure
from engine.model.json import Json, dumps, loads
from engine.plugin import Duration, Plugin, RunContext, Text
from engine.plugins._package import optional
from engine.plugins._records import plain_text

SerdeType = Literal["STRING", "JSON", "BYTES"]
_PORTS = {"tcp": 1883, "mqtt": 1883, "ssl": 8883, "mqtts": 8883}
_STEP_SECONDS = 0.5


class MqttProperties(Plugin):
    """Which broker, and as whom."""

    abstract: ClassVar[bool] = True

    server: Text
    """Address of the broker: `tcp://host:1883`, or `ssl://host:8883` for an encrypted connection."""
    mqtt_version: Literal["V3", "V5"] = "V5"
    """Version of the protocol: 3.1.1 or 5."""
    client_id: Text
    """Name of this client; a broker lets every name in only once."""
    connection_timeout: Duration = timedelta(seconds=30)
    """How long to wait for the broker."""
    https_hostname_verification_enabled: bool = True
    """Whether the certificate of the broker must be for its host."""
    username: Text | None = None
    """Name of the user."""
    password: Text | None = None
    """Password of the user, best kept as a secret."""
    crt: Text | None = None
    """Certificate of the authority that vouches for the broker: PEM text, or the address of a stored file
    (`kestra:///…`). By default those the machine knows."""
    qos: Annotated[int, Field(ge=0, le=2)] = 1
    """0: at most once, 1: at least once, 2: once."""

    @contextmanager
    def connected(self, ctx: RunContext, prepare: Any = None) -> Iterator[Connection]:
        """Connect and log in, disconnect at the end. `prepare(client)` may set callbacks before."""
        scheme, host, port = self._address()
        package = mqtt("paho.mqtt.client")
        client = package.Client(
            mqtt("paho.mqtt.enums").CallbackAPIVersion.VERSION2,
            client_id=self.client_id,
            protocol=package.MQTTv5 if self.mqtt_version == "V5" else package.MQTTv311,
        )
        if self.username is not None:
            client.username_pw_set(self.username, self.password)
        if _PORTS[scheme] == 8883:
            client.tls_set_context(self._tls(ctx))
        connection = Connection(client, f"{host}:{port}")
        client.on_connect, client.on_disconnect = connection.answered, connection.lost
        if prepare is not None:
            prepare(client)
        client.connect_timeout = self.connection_timeout.total_seconds()
        try:
            client.connect(host, port)
        except (OSError, ValueError) as error:
            raise TaskFailure(
                f"{host}:{port} cannot be reached: {error or 'no answer'}; check `server`"
            ) from error
        client.loop_start()
        try:
            connection.wait(ctx, connection.open, self.connection_timeout.total_seconds(), "the login")
            yield connection
        finally:
            client.disconnect()
            client.loop_stop()

    def _address(self) -> tuple[str, str, int]:
        parts = urlsplit(self.server)
        try:
            port = parts.port
        except ValueError:
            port = 0
        if parts.scheme not in _PORTS or not parts.hostname or port == 0:
            raise TaskFailure(
                f"server: '{parts.scheme}://{parts.hostname}' is not the address of a broker; write it like "
                "tcp://host:1883 or ssl://host:8883"
            )
        return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]

    def _tls(self, ctx: RunContext) -> ssl.SSLContext:
        pem = ctx.read_text(self.crt) if self.crt and self.crt.startswith("kestra://") else self.crt
        try:
            context = ssl.create_default_context(cadata=pem)
        except (ssl.SSLError, ValueError) as error:
            raise TaskFailure(
                "crt: not a certificate; give PEM text, or the address of a stored file (kestra:///…)"
            ) from error
        context.sslsocket_class = _TidySocket
        context.check_hostname = self.https_hostname_verification_enabled
        return context


class _TidySocket(ssl.SSLSocket):
    """Closes itself when the handshake fails; the client forgets it open."""

    def do_handshake(self, block: bool = False) -> None:
        """Agree on keys; raises OSError."""
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


class Connection:
    """A connection; what the client's thread hears is kept for the task's own."""

    def __init__(self, client: Any, place: str) -> None:
        self.client, self._place = client, place
        self.open = threading.Event()
        self.problem: str | None = None
        self.login = False

    def answered(self, client: Any, data: Any, flags: Any, code: Any, properties: Any) -> None:
        """Note how the broker answered the login."""
        if code.is_failure:
            self.login = True
            self.problem = f"refused the login: {code}; check `username`, `password` and `clientId`"
        self.open.set()

    def lost(self, client: Any, data: Any, flags: Any, code: Any, properties: Any) -> None:
        """Note why the connection ended."""
        if code.is_failure and self.problem is None:
            self.problem = f"broke the connection off: {code}"

    def wait(self, ctx: RunContext, event: threading.Event, seconds: float, what: str) -> None:
        """Wait for an event; raises TaskFailure when it does not come or the connection is gone."""
        left = seconds
        while not event.wait(min(left, _STEP_SECONDS)):
            left -= _STEP_SECONDS
            self.check(ctx)
            if left <= 0:
                raise TaskFailure(f"{self._place} gave no answer to {what}; check `server`")
        self.check(ctx)

    def check(self, ctx: RunContext) -> None:
        """Raise TaskFailure when the task is stopped or the connection is gone."""
        if ctx.cancelled.is_set():
            raise TaskFailure("Stopped; the connection was ended")
        if self.problem is not None:
            raise TaskFailure(f"{self._place} {self.problem}")


def encode(form: SerdeType, value: Json) -> bytes:
    """Return the payload of a value."""
    if form == "JSON":
        return dumps(value)
    return bytes(value) if isinstance(value, bytes | bytearray) else plain_text(value).encode("utf-8")


def decode(form: SerdeType, payload: bytes, topic: str) -> Json:
    """Return the value of a payload; raises TaskFailure when it has not that form."""
    if form == "BYTES":
        return payload
    try:
        return loads(payload) if form == "JSON" else payload.decode("utf-8")
    except ValueError as error:
        raise TaskFailure(
            f"A message of '{topic}' is no {form}: {payload[:80]!r}; use another `serdeType`"
        ) from error


def binary(name: str, text: str) -> bytes:
    """Return bytes from base64; raises TaskFailure."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise TaskFailure(f"{name}: '{text}' is not base64") from error


def mqtt(name: str) -> Any:
    """Import a module of the MQTT client, when a task first needs it; raises TaskFailure."""
    return optional(name, tasks="MQTT", extra="mqtt")
