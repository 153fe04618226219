"""Kafka tasks with the real client, over the real protocol."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.errors import FlowsmithError, TaskFailure
from engine.expression.ion import read_ion, write_ion_row
from engine.model.id import new_id
from engine.plugins.kafka._kafka import _login
from tests.emulators.kafka import Kafka
from tests.engine.plugins.conftest import MakeContext, make_plugin

Run = Callable[..., dict[str, Any]]
QUICK = {"pollDuration": "PT0.3S"}
"""Where no message is expected."""


def exactly(count: int) -> dict[str, Any]:
    """Return properties for reading so many messages, however slow the machine is."""
    return {"maxRecords": count, "pollDuration": "PT30S"}


@pytest.fixture
def run_kafka(kafka: Kafka, make_context: MakeContext) -> Run:
    """Return `run_kafka("Produce", **properties)`, which runs a task and gives its outputs."""

    def run(task: str, /, *, ctx: Any = None, more: dict[str, str] | None = None, **given: Any) -> Any:
        ctx = ctx or make_context()
        connection = {"bootstrap.servers": kafka.servers, "auto.offset.reset": "earliest", **(more or {})}
        if task == "Produce":
            del connection["auto.offset.reset"]
        plugin = make_plugin(ctx, f"kafka.{task}", **{"properties": connection, **given})
        return plugin.run(ctx).model_dump(by_alias=True)

    return run


@pytest.fixture
def topic() -> str:
    """Return the name of a topic nobody else has."""
    return f"topic-{new_id()[:10]}"


@pytest.mark.parametrize("transactional", [True, False])
def test_messages_are_sent(kafka: Kafka, run_kafka: Run, topic: str, transactional: bool) -> None:
    sent = run_kafka(
        "Produce",
        topic=topic,
        transactional=transactional,
        valueSerializer="JSON",
        **{
            "from": [
                {
                    "key": "a",
                    "value": {"n": 1},
                    "partition": 0,
                    "timestamp": "2026-01-31T00:00:00Z",
                    "headers": {"source": "test"},
                },
                {"key": None, "value": None, "partition": 0, "headers": [{"a": "1"}, {"a": "2"}]},
            ]
        },
    )
    assert sent == {"messagesCount": 2}
    first, second = kafka.get(topic, 2)
    assert (first.key(), first.value(), first.headers()) == (b"a", b'{"n":1}', [("source", b"test")])
    assert first.timestamp()[1] == datetime(2026, 1, 31, tzinfo=UTC).timestamp() * 1000
    assert (second.key(), second.value(), second.headers()) == (None, None, [("a", b"1"), ("a", b"2")])


def test_what_was_read_can_be_sent_again(
    kafka: Kafka, run_kafka: Run, topic: str, make_context: MakeContext
) -> None:
    ctx = make_context()
    rows = [{"key": str(n), "value": f"v{n}", "partition": 0} for n in range(2000)]
    uri = ctx.put("rows.ion", "\n".join(map(write_ion_row, rows)).encode())
    assert run_kafka("Produce", ctx=ctx, topic=topic, **{"from": uri})["messagesCount"] == 2000
    read = run_kafka("Consume", ctx=ctx, topic=topic, **exactly(2000))
    assert read["messagesCount"] == 2000
    found = read_ion(ctx.read_text(read["uri"]))
    assert [(row["key"], row["value"], row["offset"]) for row in found[:2]] == [
        ("0", "v0", 0),
        ("1", "v1", 1),
    ]
    assert set(found[0]) == {"key", "value", "topic", "headers", "partition", "timestamp", "offset"}
    for row in found:
        del row["topic"]
    again = ctx.put("again.ion", "\n".join(map(write_ion_row, found)).encode())
    run_kafka("Produce", ctx=ctx, topic=f"{topic}-2", **{"from": again})
    assert kafka.get(f"{topic}-2", 1)[0].value() == b"v0"
    assert ("records", 2000) in [(metric.name, metric.value) for metric in ctx.metrics]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"from": [{"value": "x"}]}, "topic: missing; give it, or a `topic` in record 1"),
        ({"topic": "t", "from": ["x"]}, "from: 'x' is no map; write records like"),
        ({"topic": "t", "from": "x"}, "from: 'x' is neither the address"),
        (
            {"topic": "t", "from": {"value": "x"}, "valueSerializer": "INTEGER"},
            "record 1: the value is no INTEGER",
        ),
        ({"topic": "t", "from": {"value": "x", "timestamp": "soon"}}, "timestamp: 'soon' is not a date"),
    ],
)
def test_wrong_records_are_refused(run_kafka: Run, given: dict[str, Any], message: str) -> None:
    with pytest.raises(TaskFailure, match=message):
        run_kafka("Produce", **given)


def test_a_failed_transaction_leaves_nothing(kafka: Kafka, run_kafka: Run, topic: str) -> None:
    records = [{"value": "good", "partition": 0}, {"value": "bad", "partition": 0, "timestamp": "soon"}]
    with pytest.raises(TaskFailure, match="soon"):
        run_kafka("Produce", topic=topic, **{"from": records})
    kafka.put(topic, (None, b"later"))
    assert kafka.get(topic, 1)[0].value() == b"later"


def test_a_message_for_a_missing_partition_is_not_accepted(run_kafka: Run, topic: str) -> None:
    with pytest.raises(TaskFailure, match="nknown partition"):
        run_kafka("Produce", topic=topic, transactional=False, **{"from": {"value": "x", "partition": 99}})


def test_messages_are_read_from_a_date_and_up_to_a_number(
    kafka: Kafka, run_kafka: Run, topic: str, make_context: MakeContext
) -> None:
    kafka.put(topic, *((b"k", str(n).encode()) for n in range(5)))
    ctx = make_context()
    read = run_kafka("Consume", ctx=ctx, topic=[topic], partitions=[0], **exactly(3))
    assert [row["value"] for row in read_ion(ctx.read_text(read["uri"]))] == ["0", "1", "2"]
    assert run_kafka("Consume", topic=topic, since="2999-01-01T00:00:00Z", **QUICK)["messagesCount"] == 0


def test_only_messages_with_the_headers_are_read(
    kafka: Kafka, run_kafka: Run, topic: str, make_context: MakeContext
) -> None:
    kafka.put(topic, (None, b"a"), headers=[("kind", b"x"), ("kind", b"y")])
    kafka.put(topic, (None, b"b"), headers=[("kind", b"y"), ("kind", b"x")])
    ctx = make_context()
    read = run_kafka("Consume", ctx=ctx, topic=topic, headerFilters={"kind": "x"}, **exactly(1))
    assert [row["value"] for row in read_ion(ctx.read_text(read["uri"]))] == ["b"]


def test_a_group_goes_on_where_it_was(kafka: Kafka, run_kafka: Run, topic: str) -> None:
    group = {"topic": topic, "partitions": [0], "groupId": f"group-{topic}"}
    kafka.put(topic, (None, b"a"), (None, b"b"))
    assert run_kafka("Consume", **group, **exactly(1))["messagesCount"] == 1
    assert kafka.committed(group["groupId"], topic) == 1
    kafka.put(topic, (None, b"c"))
    counts = [run_kafka("Consume", **group, **more)["messagesCount"] for more in (exactly(2), QUICK)]
    assert counts == [2, 0]


def test_the_members_of_a_group_share_the_messages(
    kafka: Kafka, topic: str, make_context: MakeContext
) -> None:
    kafka.put(topic, (None, b"1"), (None, b"2"))
    ctx = make_context(task_run_id="", execution_id="", task_id="", trigger_id="watch")
    connection = {"bootstrap.servers": kafka.servers, "auto.offset.reset": "earliest"}
    given = {"topicPattern": f"{topic[:-1]}.", "groupId": f"group-{topic}", "valueDeserializer": "JSON"}
    trigger = make_plugin(ctx, "kafka.Trigger", properties=connection, **given, **exactly(2))
    fired = trigger.poll(ctx)
    assert fired.variables["messagesCount"] == 2
    assert [row["value"] for row in read_ion(ctx.read_text(fired.variables["uri"]))] == [1, 2]
    assert kafka.committed(given["groupId"], topic) == 2


def test_a_trigger_needs_a_group_and_starts_only_for_messages(
    kafka: Kafka, topic: str, make_context: MakeContext
) -> None:
    ctx = make_context()
    connection = {"bootstrap.servers": kafka.servers}
    with pytest.raises(TaskFailure, match="groupId: missing"):
        make_plugin(ctx, "kafka.Trigger", properties=connection, topic=topic).poll(ctx)
    kafka.put(topic, (None, b"1"))
    given = {"topic": topic, "partitions": [0], "groupId": f"group-{topic}", "properties": connection}
    assert make_plugin(ctx, "kafka.Trigger", **given, **exactly(1)).poll(ctx) is not None
    assert make_plugin(ctx, "kafka.Trigger", **given, **QUICK).poll(ctx) is None


def test_a_misshapen_message_fails_and_is_read_again(kafka: Kafka, run_kafka: Run, topic: str) -> None:
    kafka.put(topic, (b"k", b'{"n": 1}'), (b"k", b"{oops"))
    given = {
        "topic": topic,
        "partitions": [0],
        "groupId": f"group-{topic}",
        "valueDeserializer": "JSON",
        **exactly(2),
    }
    with pytest.raises(TaskFailure, match=r"Message 1 of .*\[0\] cannot be read: .*set `onSerdeError`"):
        run_kafka("Consume", **given)
    assert kafka.committed(given["groupId"], topic) < 0


def test_a_misshapen_message_can_be_passed_over_kept_or_sent_on(
    kafka: Kafka, run_kafka: Run, topic: str, make_context: MakeContext
) -> None:
    kafka.put(topic, (b"k", b"{oops"), (b"k", b"1"))

    def values(rule: dict[str, str], count: int = 1) -> list[Any]:
        ctx = make_context()
        read = run_kafka(
            "Consume", ctx=ctx, topic=topic, valueDeserializer="JSON", onSerdeError=rule, **exactly(count)
        )
        assert ctx.messages[0].startswith("Message 0 of")
        return [row["value"] for row in read_ion(ctx.read_text(read["uri"]))]

    assert values({"type": "SKIPPED"}) == [1]
    assert values({"type": "STORE"}, 2) == ["{oops", 1]
    assert values({"type": "DLQ", "topic": f"{topic}-dead"}) == [1]
    assert {message.value() for message in _all(kafka, f"{topic}-dead")} == {b"{oops"}
    with pytest.raises(TaskFailure, match="`DLQ` needs a `topic`"):
        values({"type": "DLQ"})


def _all(kafka: Kafka, topic: str) -> list[Any]:
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": kafka.servers, "group.id": "test"})
    try:
        numbers = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, 0) for number in numbers])
        return consumer.consume(1, timeout=10)
    finally:
        consumer.close()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"topic": "no-such-topic"}, "topic: there is no topic 'no-such-topic'"),
        ({}, "topic: give either `topic` or `topicPattern`"),
        ({"topicPattern": "a.*"}, "groupId: missing; `topicPattern` needs it"),
        ({"topic": "t", "more": {"bootstrap.server": "x"}}, "No such configuration property.*check `prop"),
        ({"topic": "t", "more": {"ssl.truststore.location": "x"}}, "put the PEM text"),
        ({"topic": "t", "more": {"bootstrap.servers": ""}}, "`bootstrap.servers` is missing"),
        ({"topic": "t", "more": {"sasl.jaas.config": "x"}}, "holds no username and password"),
        (
            {"topic": "t", "more": {"bootstrap.servers": "127.0.0.1:1"}},
            "127.0.0.1:1 cannot be reached: .*; check `bootstrap.servers`",
        ),
    ],
)
def test_wrong_settings_are_named(run_kafka: Run, given: dict[str, Any], message: str) -> None:
    with pytest.raises(TaskFailure, match=message):
        run_kafka("Consume", **given)


def test_forms_that_are_not_offered_are_refused(run_kafka: Run) -> None:
    with pytest.raises(FlowsmithError, match="valueDeserializer"):
        run_kafka("Consume", topic="t", valueDeserializer="AVRO")


def test_the_login_line_of_the_java_client_is_understood() -> None:
    line = (
        'org.apache.kafka.common.security.plain.PlainLoginModule required username="me" password="a\\"b;c=d";'
    )
    assert _login(line) == {"sasl.username": "me", "sasl.password": 'a"b;c=d'}


def test_a_stopped_task_reads_and_sends_nothing(
    kafka: Kafka, run_kafka: Run, topic: str, make_context: MakeContext
) -> None:
    kafka.put(topic, (None, b"1"))
    ctx = make_context()
    ctx.cancel()
    with pytest.raises(TaskFailure, match="Stopped"):
        run_kafka("Consume", ctx=ctx, topic=topic)
    with pytest.raises(TaskFailure, match="Stopped"):
        run_kafka("Produce", ctx=ctx, topic=topic, **{"from": {"value": "x"}})
