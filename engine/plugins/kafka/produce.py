"""`io.kestra.plugin.kafka.Produce`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from engine.errors import TaskFailure
from engine.model.id import new_id
from engine.model.json import Json
from engine.model.moment import from_text
from engine.plugin import Example, Output, RunContext, Task, Text
from engine.plugins._records import map_of, plain_text, records_of
from engine.plugins.kafka._kafka import KafkaProperties, kafka, kafka_errors, reached, reason
from engine.plugins.kafka._serde import SerdeType, encode

_SECONDS = 60.0


class ProduceOutput(Output):
    """What was sent."""

    messages_count: int = 0
    """How many messages."""


class Produce(KafkaProperties, Task):
    """Sends messages to topics of Kafka.

    They are sent in one transaction unless `transactional` is false: readers that ask for committed messages
    see all of them or none. Fails when a message is not accepted by its topic.
    """

    gives: ClassVar[type[Output]] = ProduceOutput
    examples: ClassVar[Sequence[Example]] = (
        Example(
            "Send two messages",
            """\
id: kafka_produce
namespace: company.team

tasks:
  - id: send
    type: io.kestra.plugin.kafka.Produce
    properties:
      bootstrap.servers: localhost:9092
    topic: orders
    valueSerializer: JSON
    from:
      - key: "1"
        value:
          product: book
      - key: "2"
        value:
          product: pen
        headers:
          source: "{{ flow.id }}"
""",
        ),
    )

    topic: Text | None = None
    """Name of the topic; a record may have its own `topic`."""
    source: Annotated[Any, Field(alias="from")]
    """The records: a list, one map, JSON text, or the address of a stored file of rows (`kestra:///…`). A
    record has `key`, `value`, and if wished `topic`, `partition`, `timestamp` and `headers`."""
    key_serializer: SerdeType = "STRING"
    """Form of the keys."""
    value_serializer: SerdeType = "STRING"
    """Form of the values."""
    transactional: bool = True
    """Whether all messages are sent in one transaction; a broker must allow it."""

    def run(self, ctx: RunContext) -> ProduceOutput:
        """Send the messages."""
        problems: list[Any] = []
        settings = self.settings(ctx, problems)
        if self.transactional:
            settings.setdefault("transactional.id", f"flowsmith-{new_id()}")
        with kafka_errors("Sending to Kafka"):
            producer = kafka("confluent_kafka").Producer(settings)
            reached(ctx, producer, problems, self.properties["bootstrap.servers"])
            if not self.transactional:
                count = self._send(ctx, producer)
            else:
                producer.init_transactions(_SECONDS)
                producer.begin_transaction()
                try:
                    count = self._send(ctx, producer)
                    producer.commit_transaction(_SECONDS)
                except BaseException:
                    _abort(producer)
                    raise
        ctx.metric("records", count)
        return ProduceOutput(messages_count=count)

    def _send(self, ctx: RunContext, producer: Any) -> int:
        failed: list[str] = []

        def delivered(error: Any, message: Any) -> None:
            if error is not None:
                failed.append(f"{message.topic()}: {reason(error)}")

        count = 0
        for record in records_of(ctx, self.source):
            if ctx.cancelled.is_set() or failed:
                break
            given = self._message(map_of(record, "{key: a, value: b}"), count)
            while True:
                try:
                    producer.produce(**given, on_delivery=delivered)
                    break
                except BufferError:  # the queue is full: wait until some are delivered
                    producer.poll(1)
            producer.poll(0)
            count += 1
        if ctx.cancelled.is_set():
            producer.purge()
            raise TaskFailure("Stopped; not all messages were sent")
        left = producer.flush(_SECONDS)
        if failed:
            raise TaskFailure(f"{len(failed)} messages were not accepted; {failed[0]}")
        if left:
            raise TaskFailure(f"{left} messages were not accepted within {_SECONDS:.0f} seconds")
        return count

    def _message(self, record: Mapping[str, Any], number: int) -> dict[str, Any]:
        topic = record.get("topic") or self.topic
        if not topic:
            raise TaskFailure(f"topic: missing; give it, or a `topic` in record {number + 1}")
        found: dict[str, Any] = {"topic": str(topic)}
        forms: tuple[tuple[str, SerdeType], ...] = (
            ("key", self.key_serializer),
            ("value", self.value_serializer),
        )
        for part, form in forms:
            try:
                found[part] = encode(form, record.get(part))
            except ValueError as error:
                raise TaskFailure(f"from: record {number + 1}: the {part} is no {form}: {error}") from error
        if record.get("partition") is not None:
            found["partition"] = int(record["partition"])
        if record.get("timestamp") is not None:
            found["timestamp"] = moment_ms(record["timestamp"])
        found["headers"] = headers_of(record.get("headers"))
        return found


def _abort(producer: Any) -> None:
    """Give the transaction up; where even that fails the broker does it when its time is over."""
    try:
        producer.abort_transaction(_SECONDS)
    except kafka("confluent_kafka").KafkaException:
        return


def moment_ms(value: Json) -> int:
    """Return a date as milliseconds since 1970: a date, its text, or the number itself."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, int) or (isinstance(value, str) and re.fullmatch(r"\d+", value)):
        return int(value)
    else:
        try:
            moment = from_text(str(value))
        except ValueError as error:
            raise TaskFailure(
                f"timestamp: '{value}' is not a date; write it like 2026-01-31T00:00:00Z"
            ) from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def headers_of(value: Json) -> list[tuple[str, bytes]]:
    """Return headers from a map, or from a list of maps as `Consume` gives them."""
    maps = [value] if isinstance(value, Mapping) else value or []
    return [
        (str(name), plain_text(text).encode())
        for entry in maps
        for name, text in map_of(entry, "{a: b}").items()
    ]
