"""A Kafka cluster on loopback: the mock broker of librdkafka, which speaks the real protocol over TCP.

It keeps messages, offsets of groups and transactions; topics appear when they are first written to.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

_QUIET = logging.getLogger(f"{__name__}.client")
_QUIET.setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Kafka:
    """A running cluster."""

    servers: str

    def put(self, topic: str, *messages: tuple[bytes | None, bytes | None], **more: Any) -> None:
        """Write messages (key, value), all into partition 0 unless `partition` is given."""
        producer = Producer({"bootstrap.servers": self.servers, "logger": _QUIET})
        for key, value in messages:
            producer.produce(topic, value, key, **{"partition": 0, **more})
        assert producer.flush(10) == 0

    def get(self, topic: str, count: int) -> list[Any]:
        """Read so many messages of partition 0 from the beginning."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.servers,
                "group.id": "test",
                "isolation.level": "read_committed",
                "logger": _QUIET,
            }
        )
        try:
            consumer.assign([TopicPartition(topic, 0, 0)])
            return consumer.consume(count, timeout=10)
        finally:
            consumer.close()

    def committed(self, group: str, topic: str) -> int:
        """Return the place of a group in partition 0; negative: none."""
        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": group, "logger": _QUIET})
        try:
            [place] = consumer.committed([TopicPartition(topic, 0)], timeout=10)
            return place.offset
        finally:
            consumer.close()


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka]:
    """A cluster for the whole run; tests take topics of their own."""
    owner = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "replaced", "logger": _QUIET})
    [broker] = owner.list_topics(timeout=10).brokers.values()
    yield Kafka(f"{broker.host}:{broker.port}")
    owner.flush(0)
