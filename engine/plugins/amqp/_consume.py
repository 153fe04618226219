"""Taking messages into a file until there are enough, or time is over."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import IO, Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.plugin import Duration, Output, RunContext, Text
from engine.plugins._records import store_rows, write_row
from engine.plugins.amqp._amqp import AmqpProperties, SerdeType, row_of

_FOR_EVER = timedelta(days=36500)
_STEP_SECONDS = 0.25
_MOST_AHEAD = 65_535
"""The protocol counts no further."""


class ConsumeOutput(Output):
    """What was taken."""

    count: int = 0
    """How many messages."""
    uri: str
    """The file of the messages (Ion, one a line): `data`, `headers`, `timestamp` and the other properties of
    a message."""


class ConsumeProperties(AmqpProperties):
    """Which messages are taken, and how long."""

    abstract: ClassVar[bool] = True

    queue: Text
    """Name of the queue."""
    serde_type: SerdeType = "STRING"
    """Form of the content: text, or `JSON` that becomes values."""
    consumer_tag: Text = "Kestra"
    """Name under which the broker lists who takes messages."""
    max_records: Annotated[int | None, Field(ge=1)] = None
    """How many messages are taken at most. This or `maxDuration` is needed."""
    max_duration: Duration | None = None
    """How long messages are taken at most."""

    def consumed(self, ctx: RunContext) -> ConsumeOutput:
        """Take messages, store them, and only then let the queue forget them; raises TaskFailure."""
        if self.max_records is None and self.max_duration is None:
            raise TaskFailure("maxRecords: missing; give it or `maxDuration`, so that there is an end")
        with self.channel(ctx, f"Taking from the queue '{self.queue}'") as channel:
            if self.max_records is not None and self.max_records <= _MOST_AHEAD:
                channel.basic_qos(prefetch_count=self.max_records)
            reading = _Reading(self, ctx, channel)
            uri = store_rows(ctx, reading.write)
            if reading.last is not None:
                channel.basic_ack(reading.last, multiple=True)
            channel.cancel()
        ctx.metric("records", reading.count, queue=self.queue)
        return ConsumeOutput(count=reading.count, uri=uri)


class _Reading:
    """One reading: how many messages were taken, and the tag of the last one."""

    def __init__(self, task: ConsumeProperties, ctx: RunContext, channel: Any) -> None:
        self._task, self._ctx, self._channel = task, ctx, channel
        self.count = 0
        self.last: int | None = None

    def write(self, file: IO[bytes]) -> None:
        """Take messages and write them, one a line."""
        task = self._task
        end = time.monotonic() + (task.max_duration or _FOR_EVER).total_seconds()
        options = {"consumer_tag": task.consumer_tag, "inactivity_timeout": _STEP_SECONDS}
        for method, properties, body in self._channel.consume(task.queue, **options):
            if self._ctx.cancelled.is_set():
                raise TaskFailure("Stopped; the messages stay in the queue")
            if method is not None:
                write_row(file, row_of(properties, body, task.serde_type))
                self.count, self.last = self.count + 1, method.delivery_tag
            if self.count == task.max_records or time.monotonic() >= end:
                break
