"""AMQP tasks with the real client and a real RabbitMQ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.errors import TaskFailure
from engine.expression.ion import read_ion_rows
from tests.emulators.rabbitmq import RabbitMq
from tests.engine.plugins.conftest import MakeContext, make_plugin

pytestmark = pytest.mark.xdist_group("amqp")  # one broker, it takes seconds to start

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def amqp(rabbitmq: RabbitMq, make_context: MakeContext) -> Run:
    """Return `amqp("Publish", **properties)`, which runs a task and gives its outputs."""

    def run(task: str, /, *, ctx: Any = None, **properties: Any) -> dict[str, Any]:
        ctx = ctx or make_context()
        plugin = make_plugin(ctx, f"amqp.{task}", **{**rabbitmq.properties, **properties})
        return plugin.run(ctx).model_dump(by_alias=True)

    return run


def rows(ctx: Any, uri: str) -> list[Any]:
    with ctx.open(uri) as file:
        return list(read_ion_rows(file))


def test_a_message_goes_the_whole_way(amqp: Run, make_context: MakeContext) -> None:
    assert amqp("DeclareExchange", name="way", exchangeType="TOPIC") == {"exchange": "way"}
    assert amqp("CreateQueue", name="way.q", args={"x-max-length": 10}) == {"queue": "way.q"}
    assert amqp("QueueBind", exchange="way", queue="way.q", routingKey="order.*") == {
        "queue": "way.q",
        "exchange": "way",
    }
    message = {
        "data": "grüß dich",
        "headers": {"kind": "test", "count": 3},
        "contentType": "text/plain",
        "contentEncoding": "utf-8",
        "deliveryMode": 2,
        "priority": 1,
        "messageId": "m1",
        "correlationId": "c1",
        "replyTo": "answers",
        "expiration": "PT1H",
        "timestamp": "2026-01-02T03:04:05Z",
        "type": "greeting",
        "userId": "guest",
        "appId": "tests",
    }
    assert amqp("Publish", exchange="way", routingKey="order.new", **{"from": message}) == {
        "messagesCount": 1
    }
    assert amqp("Publish", exchange="way", routingKey="other", **{"from": message}) == {"messagesCount": 1}
    ctx = make_context()
    output = amqp("Consume", ctx=ctx, queue="way.q", maxRecords=5, maxDuration="PT0.3S")
    assert output["count"] == 1
    assert rows(ctx, output["uri"]) == [
        {
            **message,
            "headers": {"kind": "test", "count": "3"},
            "timestamp": "2026-01-02T03:04:05.000000Z",
        }
    ]


def test_what_was_taken_can_be_sent_again(amqp: Run, rabbitmq: RabbitMq, make_context: MakeContext) -> None:
    rabbitmq.make_queue("again", b'{"a": [1, null]}', b'"text"', app_id="tests")
    ctx = make_context()
    taken = amqp("Consume", ctx=ctx, queue="again", serdeType="JSON", maxRecords=2)
    assert [row["data"] for row in rows(ctx, taken["uri"])] == [{"a": [1, None]}, "text"]
    source = {"from": taken["uri"]}
    sent = amqp("Publish", ctx=ctx, exchange="", routingKey="again", serdeType="JSON", **source)
    assert sent == {"messagesCount": 2}
    found = rabbitmq.take("again")
    assert [(properties.app_id, body) for properties, body in found] == [
        ("tests", b'{"a":[1,null]}'),
        ("tests", b'"text"'),
    ]


def test_no_more_are_taken_than_wanted(amqp: Run, rabbitmq: RabbitMq) -> None:
    rabbitmq.make_queue("most", b"1", b"2", b"3")
    assert amqp("Consume", queue="most", maxRecords=2)["count"] == 2
    assert [body for _, body in rabbitmq.take("most")] == [b"3"]


def test_a_failed_task_leaves_the_messages_in_the_queue(amqp: Run, rabbitmq: RabbitMq) -> None:
    rabbitmq.make_queue("kept", b"1", b"oops")
    with pytest.raises(TaskFailure, match="A message is no JSON: .*; it stays in the queue"):
        amqp("Consume", queue="kept", serdeType="JSON", maxRecords=2)
    assert rabbitmq.count("kept") == 2


def test_a_stopped_task_leaves_the_messages_in_the_queue(
    amqp: Run, rabbitmq: RabbitMq, make_context: MakeContext
) -> None:
    rabbitmq.make_queue("stopped", b"1")
    ctx = make_context()
    ctx.cancel()
    with pytest.raises(TaskFailure, match="Stopped; the messages stay in the queue"):
        amqp("Consume", ctx=ctx, queue="stopped", maxRecords=2)
    assert rabbitmq.count("stopped") == 1
    with pytest.raises(TaskFailure, match="Stopped; 0 messages were sent"):
        amqp("Publish", ctx=ctx, exchange="", routingKey="stopped", **{"from": {"data": "x"}})


def test_a_trigger_starts_the_flow_when_there_are_messages(
    rabbitmq: RabbitMq, make_context: MakeContext
) -> None:
    rabbitmq.make_queue("watched")
    ctx = make_context()
    trigger = make_plugin(
        ctx, "amqp.Trigger", **rabbitmq.properties, queue="watched", maxRecords=5, maxDuration="PT0.2S"
    )
    assert trigger.poll(ctx) is None
    rabbitmq.make_queue("watched", b"1", b"2")
    fired = trigger.poll(ctx)
    assert fired is not None
    assert (fired.variables["count"], [row["data"] for row in rows(ctx, fired.variables["uri"])]) == (
        2,
        ["1", "2"],
    )
    assert trigger.poll(ctx) is None


def test_an_address_may_be_one_text(amqp: Run, rabbitmq: RabbitMq) -> None:
    given = dict.fromkeys(("host", "username", "password"))
    address = f"amqp://guest:guest@127.0.0.1:{rabbitmq.port}"
    for path in ("", "/"):
        assert amqp("CreateQueue", **given, url=f"{address}{path}", name="q", exclusive=True) == {
            "queue": "q"
        }
    with pytest.raises(TaskFailure, match=r"refused the virtual host '/my_vhost': .*; check `virtualHost`"):
        amqp("CreateQueue", **given, url=f"{address}/my_vhost", name="q")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"password": "wr0ng"}, "refused the login; check `username` and `password`"),
        ({"port": "1"}, r"127.0.0.1:1 cannot be reached: .*refused.*; check `host` and `port`"),
        ({"port": "many"}, "port: 'many' is not a port"),
        ({"host": None}, "host: give either `host` or the older `url`"),
        ({"host": None, "url": "http://x"}, "url: not the address of a broker"),
        ({"exchange": "none"}, "Sending to the exchange 'none' failed: NOT_FOUND - no exchange 'none'"),
        ({"from": "oops"}, "from: 'oops' is neither the address of a stored file"),
        ({"from": {"data": 1, "priority": "high"}}, "from: priority: 'high' is not a number"),
        ({"from": {"data": 1, "timestamp": "soon"}}, "from: timestamp: 'soon' is not a date"),
        ({"from": {"data": 1, "expiration": "soon"}}, "from: expiration: .*soon"),
        ({"from": {"data": 1, "appId": "x" * 300}}, "from: message 1: a property is too long"),
    ],
)
def test_what_cannot_be_is_told_without_the_password(amqp: Run, given: dict[str, Any], problem: str) -> None:
    with pytest.raises(TaskFailure, match=problem) as caught:
        amqp("Publish", **{"exchange": "", "routingKey": "x", "from": {"data": "hello"}, **given})
    assert "wr0ng" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"queue": "q"}, "maxRecords: missing; give it or `maxDuration`"),
        ({"queue": "none", "maxRecords": 1}, "Taking from the queue 'none' failed: NOT_FOUND"),
    ],
)
def test_what_cannot_be_taken_is_told(amqp: Run, given: dict[str, Any], problem: str) -> None:
    with pytest.raises(TaskFailure, match=problem):
        amqp("Consume", **given)
