"""Reading messages: where to begin, when to stop, and remembering the place only when all is stored."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import IO, Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from engine.errors import TaskFailure
from engine.model.id import new_id
from engine.model.json import Json
from engine.plugin import Duration, Output, RunContext, StringMap, Text
from engine.plugins._records import store_rows, write_row
from engine.plugins.kafka._kafka import KafkaProperties, kafka, kafka_errors, reached, reason
from engine.plugins.kafka._serde import SerdeType, decode
from engine.plugins.kafka.produce import moment_ms

_STEP_SECONDS = 0.5
_JOIN_SECONDS = 30.0
_ANSWER_SECONDS = 30.0


class OnSerdeError(BaseModel):
    """What becomes of a message that does not have the form it should have."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    type: Literal["SKIPPED", "STORE", "DLQ"] = "SKIPPED"
    """`SKIPPED` leaves it out, `STORE` keeps its text as the value, `DLQ` sends it to `topic`."""
    topic: Text | None = None
    """The topic for `DLQ`."""


class ConsumeOutput(Output):
    """What was read."""

    messages_count: int = 0
    """How many messages."""
    uri: str
    """The file of the messages (Ion, one a line): `key`, `value`, `topic`, `headers`, `partition`,
    `timestamp`, `offset`."""


class ConsumeProperties(KafkaProperties):
    """Which messages are read."""

    abstract: ClassVar[bool] = True

    topic: Text | list[Text] | None = None
    """Name of the topic, or a list of names."""
    topic_pattern: Text | None = None
    """A regular expression; all topics it matches are read. Needs `groupId`."""
    partitions: list[int] | None = None
    """Only these partitions; they are not shared with others of the group."""
    group_id: Text | None = None
    """Name of a group: those in it share the messages, and its place in them is remembered. Without it all
    messages are read every time."""
    group_type: Literal["CONSUMER"] = "CONSUMER"
    """Kind of the group."""
    key_deserializer: SerdeType = "STRING"
    """Form of the keys."""
    value_deserializer: SerdeType = "STRING"
    """Form of the values."""
    on_serde_error: OnSerdeError | None = None
    """What becomes of a message that does not have this form; without it the task fails and the group's
    place stays where it was."""
    since: Text | None = None
    """Only messages from this date on, like `2026-01-31T00:00:00Z`, where no group has a place yet."""
    poll_duration: Duration = timedelta(seconds=5)
    """How long to wait for a further message; when none comes reading ends."""
    max_records: Annotated[int | None, Field(ge=1)] = None
    """How many messages are read at most."""
    max_duration: Duration | None = None
    """How long messages are read at most."""
    header_filters: StringMap | None = None
    """Only messages with these headers; others are passed over."""

    def consumed(self, ctx: RunContext) -> ConsumeOutput:
        """Read messages, store them, then remember the place; raises TaskFailure."""
        self._check()
        with kafka_errors(f"Reading {self._named()}"), self._consumer(ctx) as consumer:
            reading = _Reading(self, ctx, consumer)
            uri = store_rows(ctx, reading.write)
            if self.group_id and reading.places:
                consumer.commit(offsets=reading.offsets(), asynchronous=False)
        for topic, count in reading.counts.items():
            ctx.metric("records", count, topic=topic)
        return ConsumeOutput(messages_count=sum(reading.counts.values()), uri=uri)

    def _check(self) -> None:
        if (self.topic is None) == (self.topic_pattern is None):
            raise TaskFailure("topic: give either `topic` or `topicPattern`")
        if self.topic_pattern is not None and not self.group_id:
            raise TaskFailure("groupId: missing; `topicPattern` needs it")
        rule = self.on_serde_error
        if rule is not None and rule.type == "DLQ" and not rule.topic:
            raise TaskFailure("onSerdeError: `DLQ` needs a `topic`")

    @property
    def topics(self) -> list[str]:
        """The names of the topics; empty with a pattern."""
        return [self.topic] if isinstance(self.topic, str) else list(self.topic or [])

    def _named(self) -> str:
        return ", ".join(self.topics) or f"topics like {self.topic_pattern}"

    @contextmanager
    def _consumer(self, ctx: RunContext) -> Iterator[Any]:
        """Give a consumer that has its partitions."""
        package = kafka("confluent_kafka")
        problems: list[Any] = []
        settings = {
            **self.settings(ctx, problems),
            "group.id": self.group_id or f"flowsmith-{new_id()}",
            "enable.auto.commit": False,
        }
        consumer = package.Consumer(settings)
        try:
            known = reached(ctx, consumer, problems, self.properties["bootstrap.servers"])
            if self.group_id and self.partitions is None:
                self._join(ctx, consumer)
            else:
                consumer.assign(self._places(package, consumer, known.topics))
            yield consumer
        finally:
            consumer.close()

    def _join(self, ctx: RunContext, consumer: Any) -> None:
        """Become a member of the group and wait for its partitions."""
        joined: list[Any] = []
        wanted = [f"^{self.topic_pattern.lstrip('^')}"] if self.topic_pattern else self.topics
        consumer.subscribe(wanted, on_assign=lambda _, parts: joined.append(self._begin(consumer, parts)))
        end = time.monotonic() + _JOIN_SECONDS
        while not joined and time.monotonic() < end and not ctx.cancelled.is_set():
            early = consumer.poll(_STEP_SECONDS)
            if early is not None and early.error():
                raise TaskFailure(f"Reading {self._named()} failed: {reason(early.error())}")
            if early is not None:  # take it again in its turn
                consumer.seek(_place(early, early.offset()))

    def _begin(self, consumer: Any, parts: list[Any]) -> bool:
        if self.since:
            parts = self._from_date(consumer, parts)
        consumer.assign(parts)
        return True

    def _places(self, package: Any, consumer: Any, known: Mapping[str, Any]) -> list[Any]:
        """Return where to begin in every partition: the group's place, else `since`, else the beginning."""
        found = []
        for topic in self.topics:
            if topic not in known or known[topic].error is not None:
                raise TaskFailure(f"topic: there is no topic '{topic}'; check its name, or make it first")
            numbers = sorted(known[topic].partitions)
            for number in self.partitions if self.partitions is not None else numbers:
                if number not in numbers:
                    raise TaskFailure(f"partitions: '{topic}' has no partition {number}; it has {numbers}")
                found.append(package.TopicPartition(topic, number, package.OFFSET_BEGINNING))
        return self._from_date(consumer, found)

    def _from_date(self, consumer: Any, parts: list[Any]) -> list[Any]:
        package = kafka("confluent_kafka")
        places = {(part.topic, part.partition): part.offset for part in parts}
        if self.since:
            moment = moment_ms(self.since)
            asked = [package.TopicPartition(part.topic, part.partition, moment) for part in parts]
            for part in consumer.offsets_for_times(asked, timeout=_ANSWER_SECONDS):
                places[part.topic, part.partition] = part.offset
        if self.group_id:
            for part in consumer.committed(parts, timeout=_ANSWER_SECONDS):
                if part.offset >= 0:
                    places[part.topic, part.partition] = part.offset
        return [package.TopicPartition(*key, place) for key, place in places.items()]


class _Reading:
    """One reading: counts by topic, and the place after the last message of each partition."""

    def __init__(self, task: ConsumeProperties, ctx: RunContext, consumer: Any) -> None:
        self._task, self._ctx, self._consumer = task, ctx, consumer
        self.counts: dict[str, int] = {}
        self.places: dict[tuple[str, int], int] = {}
        self._read = partial(_row, task)

    def write(self, file: IO[bytes]) -> None:
        """Read messages and write them, one a line."""
        task, count, begun = self._task, 0, time.monotonic()
        limit = task.max_duration.total_seconds() if task.max_duration else float("inf")
        while (task.max_records is None or count < task.max_records) and time.monotonic() - begun < limit:
            message = self._next()
            if message is None:
                break
            row = self._row(message) if self._wanted(message) else None
            self.places[message.topic(), message.partition()] = message.offset() + 1
            if row is not None:
                write_row(file, row)
                count += 1
                self.counts[message.topic()] = self.counts.get(message.topic(), 0) + 1

    def offsets(self) -> list[Any]:
        """Return the places as the client wants them."""
        package = kafka("confluent_kafka")
        return [package.TopicPartition(*key, place) for key, place in self.places.items()]

    def _next(self) -> Any:
        """Return the next message; None when none comes in time."""
        end = time.monotonic() + self._task.poll_duration.total_seconds()
        while True:
            if self._ctx.cancelled.is_set():
                raise TaskFailure("Stopped; nothing was read, the group's place stays where it was")
            left = end - time.monotonic()
            message = self._consumer.poll(max(0.0, min(left, _STEP_SECONDS)))
            if message is None and left <= 0:
                return None
            if message is not None and message.error() is None:
                return message
            if (
                message is not None
                and message.error().code() != kafka("confluent_kafka").KafkaError._PARTITION_EOF
            ):
                raise TaskFailure(f"Reading failed: {reason(message.error())}")

    def _wanted(self, message: Any) -> bool:
        if not self._task.header_filters:
            return True
        found = {name: (value or b"").decode("utf-8", "replace") for name, value in message.headers() or []}
        return all(found.get(name) == value for name, value in self._task.header_filters.items())

    def _row(self, message: Any) -> dict[str, Json] | None:
        try:
            return self._read(message, message.value())
        except ValueError as error:
            return self._misshapen(message, error)

    def _misshapen(self, message: Any, error: ValueError) -> dict[str, Json] | None:
        """Do what `onSerdeError` says with a message that has not the form it should have."""
        place = f"Message {message.offset()} of {message.topic()}[{message.partition()}]"
        rule = self._task.on_serde_error
        if rule is None:
            raise TaskFailure(
                f"{place} cannot be read: {error}; change `keyDeserializer` or `valueDeserializer`, or set "
                "`onSerdeError`"
            ) from error
        self._ctx.warn(f"{place} cannot be read: {error}; {rule.type}")
        if rule.type == "STORE":
            text = (message.value() or b"").decode("utf-8", "replace")
            return {**_told(message), "key": (message.key() or b"").decode("utf-8", "replace"), "value": text}
        if rule.type == "DLQ":
            self._send_on(message, str(rule.topic))
        return None

    def _send_on(self, message: Any, topic: str) -> None:
        failed: list[Any] = []
        producer = kafka("confluent_kafka").Producer(self._task.settings(self._ctx, failed))
        producer.produce(
            topic,
            message.value(),
            message.key(),
            headers=message.headers() or [],
            on_delivery=lambda error, _: failed.append(error) if error is not None else None,
        )
        if producer.flush(_ANSWER_SECONDS) or failed:
            why = reason(failed[0]) if failed else "no answer"
            raise TaskFailure(f"onSerdeError: the message could not be sent to '{topic}': {why}")


def _row(task: ConsumeProperties, message: Any, value: bytes | None) -> dict[str, Json]:
    return {
        "key": decode(task.key_deserializer, message.key()),
        "value": decode(task.value_deserializer, value),
        **_told(message),
    }


def _told(message: Any) -> dict[str, Json]:
    _, moment = message.timestamp()
    return {
        "topic": message.topic(),
        "headers": [
            {name: (value or b"").decode("utf-8", "replace")} for name, value in message.headers() or []
        ],
        "partition": message.partition(),
        "timestamp": datetime.fromtimestamp(moment / 1000, UTC) if moment >= 0 else None,
        "offset": message.offset(),
    }


def _place(message: Any, offset: int) -> Any:
    return kafka("confluent_kafka").TopicPartition(message.topic(), message.partition(), offset)
