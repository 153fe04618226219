"""MQTT tasks with the real client and a real broker."""

from __future__ import annotations

import base64
import queue
from collections.abc import Callable
from typing import Any

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from engine.errors import FlowsmithError, TaskFailure
from engine.expression.ion import read_ion
from engine.model.id import new_id
from tests.emulators.mosquitto import Mosquitto
from tests.engine.plugins.conftest import MakeContext, make_plugin

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run_mqtt(mosquitto: Mosquitto, make_context: MakeContext) -> Run:
    """Return `run_mqtt("Publish", **properties)`, which runs a task and gives its outputs."""

    def run(task: str, /, *, ctx: Any = None, **given: Any) -> dict[str, Any]:
        ctx = ctx or make_context()
        properties = {**mosquitto.properties(f"test-{new_id()[:8]}"), **given}
        return make_plugin(ctx, f"mqtt.{task}", **properties).run(ctx).model_dump(by_alias=True)

    return run


@pytest.fixture
def topic() -> str:
    """Return a topic nobody else has."""
    return f"test/{new_id()[:10]}"


def heard(mosquitto: Mosquitto, topic: str, count: int, act: Callable[[], Any]) -> list[Any]:
    """Return what somebody who listens to a topic hears while `act` runs."""
    found: queue.Queue[Any] = queue.Queue()
    ready: queue.Queue[bool] = queue.Queue()
    with mosquitto.client() as client:
        client.on_message = lambda client, data, message: found.put(message)
        client.on_subscribe = lambda *_: ready.put(True)
        client.subscribe(topic, 2)
        ready.get(timeout=10)
        act()
        return [found.get(timeout=10) for _ in range(count)]


@pytest.mark.parametrize(("version", "qos"), [("V5", 0), ("V5", 1), ("V5", 2), ("V3", 1)])
def test_messages_are_published(
    mosquitto: Mosquitto, run_mqtt: Run, topic: str, version: str, qos: int
) -> None:
    sent: list[Any] = []
    given = {"topic": topic, "mqttVersion": version, "qos": qos, "from": [{"n": 1}, "text", None]}
    messages = heard(mosquitto, topic, 3, lambda: sent.append(run_mqtt("Publish", **given)))
    assert [message.payload for message in messages] == [b'{"n":1}', b'"text"', b"null"]
    assert {message.qos for message in messages} == {qos}
    assert sent == [{"messagesCount": 3}]


def test_text_and_the_data_for_an_answer_are_sent(mosquitto: Mosquitto, run_mqtt: Run, topic: str) -> None:
    given = {
        "topic": topic,
        "from": "hello",
        "serdeType": "STRING",
        "responseTopic": f"{topic}/answer",
        "correlationData": base64.b64encode(b"\x00\x01").decode(),
    }
    [message] = heard(mosquitto, topic, 1, lambda: run_mqtt("Publish", **given))
    assert message.payload == b"hello"
    assert message.properties.ResponseTopic == f"{topic}/answer"
    assert message.properties.CorrelationData == b"\x00\x01"
    with pytest.raises(TaskFailure, match="correlationData: 'x' is not base64"):
        run_mqtt("Publish", **{**given, "correlationData": "x"})


def test_a_whole_file_is_published(
    mosquitto: Mosquitto, run_mqtt: Run, topic: str, make_context: MakeContext
) -> None:
    ctx = make_context()
    uri = ctx.put("rows.ion", b"\n".join(b"{n:%d}" % n for n in range(500)))
    messages = heard(
        mosquitto, topic, 500, lambda: run_mqtt("Publish", ctx=ctx, topic=topic, **{"from": uri})
    )
    assert [message.payload for message in messages[::499]] == [b'{"n":0}', b'{"n":499}']
    assert ("records", 500) in [(metric.name, metric.value) for metric in ctx.metrics]


@pytest.mark.parametrize("version", ["V3", "V5"])
def test_messages_are_received(
    mosquitto: Mosquitto, run_mqtt: Run, topic: str, make_context: MakeContext, version: str
) -> None:
    told = Properties(PacketTypes.PUBLISH)
    told.CorrelationData = b"id"
    mosquitto.retain(topic, b'{"n": 1}', b"2", b"3", properties=told)
    ctx = make_context()
    got = run_mqtt("Subscribe", ctx=ctx, topic=f"{topic}/+", maxRecords=2, mqttVersion=version)
    assert got["messagesCount"] == 2
    rows = read_ion(ctx.read_text(got["uri"]))
    assert all(row["topic"].startswith(topic) and row["retain"] and row["qos"] == 1 for row in rows)
    assert set(rows[0]) == {
        "id",
        "topic",
        "qos",
        "payload",
        "retain",
        "responseTopic",
        "correlationData",
    }
    assert rows[0]["correlationData"] == ("aWQ=" if version == "V5" else None)
    several = run_mqtt("Subscribe", ctx=ctx, topic=[f"{topic}/0", f"{topic}/2"], maxRecords=2)
    assert sorted(str(row["payload"]) for row in read_ion(ctx.read_text(several["uri"]))) == [
        "3",
        "{'n': 1}",
    ]


def test_payloads_are_read_as_told(
    mosquitto: Mosquitto, run_mqtt: Run, topic: str, make_context: MakeContext
) -> None:
    mosquitto.retain(topic, b"\xff{")

    def payload(form: str) -> Any:
        ctx = make_context()
        got = run_mqtt("Subscribe", ctx=ctx, topic=f"{topic}/#", maxRecords=1, serdeType=form)
        return read_ion(ctx.read_text(got["uri"]))[0]["payload"]

    assert payload("BYTES") == b"\xff{"
    for form in ("STRING", "JSON"):
        with pytest.raises(
            TaskFailure, match=f"A message of '{topic}/0' is no {form}: .*another `serdeType`"
        ):
            payload(form)


def test_listening_ends_when_time_is_over(run_mqtt: Run, topic: str) -> None:
    assert run_mqtt("Subscribe", topic=topic, maxDuration="PT0.1S")["messagesCount"] == 0
    with pytest.raises(TaskFailure, match="maxRecords: missing"):
        run_mqtt("Subscribe", topic=topic)


def test_a_trigger_starts_when_there_are_messages(
    mosquitto: Mosquitto, topic: str, make_context: MakeContext
) -> None:
    def poll(**given: Any) -> Any:
        ctx = make_context(task_run_id="", execution_id="", task_id="", trigger_id="watch")
        properties = {**mosquitto.properties(topic), "topic": f"{topic}/#", **given}
        fired = make_plugin(ctx, "mqtt.Trigger", **properties).poll(ctx)
        return fired and [row["payload"] for row in read_ion(ctx.read_text(fired.variables["uri"]))]

    assert poll(maxDuration="PT0.1S") is None
    mosquitto.retain(topic, b"1")
    assert poll(maxRecords=1) == [1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"password": "guessed"}, "refused the login: .*; check `username`, `password`"),
        ({"server": "tcp://127.0.0.1:1"}, "127.0.0.1:1 cannot be reached: .*; check `server`"),
        ({"server": "http://me:guessed@host"}, "server: 'http://host' is not the address of a broker"),
        ({"topic": "a/#"}, r"topic: 'a/#' is not one topic"),
        ({"from": "text"}, "from: 'text' is neither the address"),
    ],
)
def test_what_cannot_be_is_told_without_the_password(
    run_mqtt: Run, topic: str, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(TaskFailure, match=message) as refused:
        run_mqtt("Publish", **{"topic": topic, "from": [1], **given})
    assert "guessed" not in refused.value.message


def test_a_wrong_filter_is_told(run_mqtt: Run) -> None:
    with pytest.raises(TaskFailure, match="is no topic to subscribe to"):
        run_mqtt("Subscribe", topic="a/#/b", maxRecords=1)
    with pytest.raises(FlowsmithError, match="qos"):
        run_mqtt("Subscribe", topic="a", maxRecords=1, qos=3)


def test_the_brokers_certificate_is_checked(
    mosquitto: Mosquitto, run_mqtt: Run, topic: str, make_context: MakeContext
) -> None:
    given = {"server": f"ssl://127.0.0.1:{mosquitto.tls_port}", "topic": topic, "from": [1]}
    with pytest.raises(TaskFailure, match="CERTIFICATE_VERIFY_FAILED"):
        run_mqtt("Publish", **given)
    assert run_mqtt("Publish", **given, crt=mosquitto.pem) == {"messagesCount": 1}
    ctx = make_context()
    stored = ctx.put("ca.pem", mosquitto.pem.encode())
    assert run_mqtt("Publish", ctx=ctx, **given, crt=stored) == {"messagesCount": 1}
    with pytest.raises(TaskFailure, match="crt: not a certificate"):
        run_mqtt("Publish", **given, crt="nonsense")


def test_a_stopped_task_ends(run_mqtt: Run, topic: str, make_context: MakeContext) -> None:
    ctx = make_context()
    ctx.cancel()
    with pytest.raises(TaskFailure, match="Stopped"):
        run_mqtt("Subscribe", ctx=ctx, topic=topic, maxDuration="PT1H")
