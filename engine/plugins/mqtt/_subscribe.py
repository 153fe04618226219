"""Receiving messages into a file until there are enough, or time is over."""

from __future__ import annotations

import base64
import queue
import threading
import time
from datetime import timedelta
from typing import IO, Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.model.json import Json
from engine.plugin import Duration, Output, RunContext, Text
from engine.plugins._records import store_rows, write_row
from engine.plugins.mqtt._mqtt import Connection, MqttProperties, SerdeType, decode

_FOR_EVER = timedelta(days=36500)
_STEP_SECONDS = 0.25
_WAITING = 10_000
"""As many messages may wait to be written; then the broker has to wait."""


class SubscribeOutput(Output):
    """What was received."""

    messages_count: int = 0
    """How many messages."""
    uri: str
    """The file of the messages (Ion, one a line): `id`, `topic`, `qos`, `payload`, `retain`,
    `responseTopic`, `correlationData` (base64)."""


class SubscribeProperties(MqttProperties):
    """Which messages are received, and how long."""

    abstract: ClassVar[bool] = True

    topic: Text | list[Text]
    """The topic, or a list of topics; `+` stands for one level, `#` for all below."""
    serde_type: SerdeType = "JSON"
    """Form of the payloads: `JSON` that becomes values, text, or bytes."""
    max_records: Annotated[int | None, Field(ge=1)] = None
    """How many messages are received at most. This or `maxDuration` is needed."""
    max_duration: Duration | None = None
    """How long messages are received at most."""

    def received(self, ctx: RunContext) -> SubscribeOutput:
        """Receive messages and store them; raises TaskFailure."""
        if self.max_records is None and self.max_duration is None:
            raise TaskFailure("maxRecords: missing; give it or `maxDuration`, so that there is an end")
        waiting: queue.Queue[Any] = queue.Queue(_WAITING)
        subscribed = threading.Event()
        refused: list[str] = []

        def prepare(client: Any) -> None:
            client.on_message = lambda client, data, message: waiting.put(message)

            def answered(client: Any, data: Any, mid: Any, codes: Any, properties: Any) -> None:
                refused.extend(str(code) for code in codes if code.is_failure)
                subscribed.set()

            client.on_subscribe = answered

        counts: dict[str, int] = {}
        with self.connected(ctx, prepare) as connection:
            self._subscribe(ctx, connection, subscribed)
            if refused:
                raise TaskFailure(f"topic: the broker refused {self._topics()}: {refused[0]}")
            uri = store_rows(ctx, lambda file: self._write(ctx, connection, waiting, file, counts))
        for topic, count in counts.items():
            ctx.metric("records", count, topic=topic)
        return SubscribeOutput(messages_count=sum(counts.values()), uri=uri)

    def _topics(self) -> list[str]:
        return [self.topic] if isinstance(self.topic, str) else list(self.topic)

    def _subscribe(self, ctx: RunContext, connection: Connection, subscribed: threading.Event) -> None:
        try:
            connection.client.subscribe([(topic, self.qos) for topic in self._topics()])
        except ValueError as error:
            raise TaskFailure(f"topic: {self._topics()} is no topic to subscribe to: {error}") from error
        connection.wait(ctx, subscribed, self.connection_timeout.total_seconds(), "the subscription")

    def _write(
        self,
        ctx: RunContext,
        connection: Connection,
        waiting: queue.Queue[Any],
        file: IO[bytes],
        counts: dict[str, int],
    ) -> None:
        count, end = 0, time.monotonic() + (self.max_duration or _FOR_EVER).total_seconds()
        while (self.max_records is None or count < self.max_records) and time.monotonic() < end:
            connection.check(ctx)
            try:
                message = waiting.get(timeout=max(0.0, min(_STEP_SECONDS, end - time.monotonic())))
            except queue.Empty:
                continue
            write_row(file, _row(self.serde_type, message))
            count += 1
            counts[message.topic] = counts.get(message.topic, 0) + 1


def _row(form: SerdeType, message: Any) -> dict[str, Json]:
    told = message.properties
    correlation = getattr(told, "CorrelationData", None)
    return {
        "id": message.mid,
        "topic": message.topic,
        "qos": message.qos,
        "payload": decode(form, message.payload, message.topic),
        "retain": bool(message.retain),
        "responseTopic": getattr(told, "ResponseTopic", None),
        "correlationData": base64.b64encode(correlation).decode() if correlation is not None else None,
    }
