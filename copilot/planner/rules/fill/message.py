"""Brokers: messages to and from Kafka, MQTT, NATS."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.place import said
from copilot.planner.rules.fill.record import records
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.scene import Scene
from copilot.planner.rules.word import find_duration, whole
from engine.model.json import Json

KAFKA, MQTT, NATS = "io.kestra.plugin.kafka", "io.kestra.plugin.mqtt", "io.kestra.plugin.nats.core"
NAME = r"(?:⟦\d+⟧|[\w{}][\w{}./#+-]*[\w{}#+]|\w)"
NOT = (
    r"(?!(?:with|on|at|to|and|for|of|in|from|under|key|list|queue|counter|set|called|named|broker|server|topic|the|that|"
    r"which|as|via)\b)"
)
_PUT = (
    r"^(?:publish|send|produce|push|write|post|put|emit|stream|forward|load|store|save|copy|move|"
    r"export|insert|dump|ingest|add)\b"
)
_TAKE = (
    r"^(?:consume|read|get|fetch|receive|poll|subscribe|listen|take|pull|collect|drain|load|"
    r"ingest|stream|import|extract)\b"
)
_SHAPES = {KAFKA: "{value: .}", MQTT: ".", NATS: "{data: (. | tojson)}"}


def broker_of(text: str) -> str | None:
    """Return the package of the broker a text names."""
    names = ((KAFKA, r"\bkafka\b"), (MQTT, r"\bmqtt\b|\bmosquitto\b"), (NATS, r"\bnats\b"))
    return next((package for package, name in names if re.search(name, text.lower())), None)


def subject_name(text: str, scene: Scene) -> str | None:
    """Return the topic, subject or queue a text names; `that name` inside a loop is the loop's value."""
    loop = scene.loop_value()
    if loop and re.search(
        r"\b(?:topic|subject|channel|list)\s+(?:of|with)\s+(?:that|the same|this|its) name\b|\bthat "
        r"(?:topic|subject|channel)\b"
        r"|\b(?:to|on) (?:it|each|each of them|the topic)$",
        text,
        re.IGNORECASE,
    ):
        return f"{{{{ {loop} }}}}"
    word = r"(?:topics?|subjects?|channels?|queues?|streams?)"
    for pattern in (
        rf"\b{word}\s+(?:(?:called|named)\s+)?{NOT}(?P<name>{NAME})",
        rf"\b(?:the\s+|our\s+)?{NOT}(?P<name>{NAME})\s+(?:kafka\s+|mqtt\s+|nats\s+|redis\s+)?{word}\b",
        rf"\b(?:kafka|mqtt|nats)\s+(?:(?:on|under|into|to)\s+)?{NOT}(?P<name>{NAME})(?=\s*$|\s*[,.])",
    ):
        if (match := re.search(pattern, text, re.IGNORECASE)) and match["name"].lower() not in (
            "kafka",
            "mqtt",
            "nats",
            "redis",
            "a",
        ):
            return said(match["name"], scene)
    return None


def connection(package: str, text: str, scene: Scene) -> dict[str, Json]:
    """Return how a broker is reached: said in the words, else read from keys of the namespace."""
    address = next((item.value for item in scene.masked.inside(text) if item.kind == "address"), None)
    address = address or next((item.value for item in scene.masked.literals if item.kind == "address"), None)
    host = re.search(
        r"(?<![\w@./-])((?:[a-z0-9][\w-]*\.)*[a-z0-9][\w-]*:\d{2,5})\b",
        f"{text} {scene.request}",
        re.IGNORECASE,
    )
    if package == KAFKA:
        servers = (address or "").partition("://")[2] or (host[1] if host else "")
        _note("Kafka", "KAFKA_BOOTSTRAP_SERVERS", bool(servers), scene)
        return {"properties": {"bootstrap.servers": servers or "{{ kv('KAFKA_BOOTSTRAP_SERVERS') }}"}}
    if package == MQTT:
        server = address or (f"tcp://{host[1]}" if host else "")
        _note("The MQTT broker", "MQTT_SERVER", bool(server), scene)
        return {"server": server or "{{ kv('MQTT_SERVER') }}", "clientId": "{{ flow.id }}"}
    url = address or (f"nats://{host[1]}" if host else "")
    _note("NATS", "NATS_URL", bool(url), scene)
    return {"url": url or "{{ kv('NATS_URL') }}"}


def _note(name: str, key: str, known: bool, scene: Scene) -> None:
    if not known:
        scene.note(f"{name} is reached at the address in the key {key} of this namespace's key-value store.")


def named(package: str, name: str) -> dict[str, Json]:
    """Return the property that holds the name of what is read or written."""
    return {"subject" if package == NATS else "topic": name}


def sent_words(act: Act) -> str:
    """Return the words that say what is sent."""
    match = act.find(
        r"^(?:publish|send|produce|push|write|post|put|emit|stream|forward|load)\s+(?:(?:the|a)"
        r"\s+(?:message|text)\s+)?"
        r"(?P<what>.+?)\s+(?:to|on|into|in|onto|as)\s+(?:an?\s+|the\s+|our\s+)?(?:\w+\s+)?(?:kafka|"
        r"mqtt|nats|redis|topic|subject|channel|list|queue)"
    )
    return match["what"] if match else ""


def _fill_send(act: Act, scene: Scene) -> list[Step] | None:
    text = " ".join(act.text.split())
    package = broker_of(text)
    name = subject_name(text, scene)
    if package is None or name is None:
        return None
    steps: list[Step] = []
    said_name = scene.masked.inside(text)
    bare = Act(
        act.text,
        act.words,
        [item for item in act.literals if item.value != name] if said_name else act.literals,
    )
    source = records(bare, sent_words(act), scene, steps, _SHAPES[package])
    if source is None:
        return None
    values: dict[str, Json] = {**connection(package, text, scene), **named(package, name)}
    if isinstance(source, str) and package == KAFKA:
        values["valueSerializer"] = "JSON"
    elif package == MQTT:
        values["serdeType"] = "JSON" if isinstance(source, str) else "STRING"
    if package == MQTT and act.has(r"\bretain"):
        values["retain"] = True
    values["from"] = source
    kind = "Publish" if package == MQTT else "Produce"
    return [*steps, scene.step(f"{package}.{kind}", "publish", act, values)]


def reading(text: str, scene: Scene) -> dict[str, Json]:
    """Return the bounds of a reading step: how many messages, how long."""
    values: dict[str, Json] = {}
    if (
        many := re.search(
            r"\b(\d[\d,]*|\w+)\s+(?:new\s+)?(?:messages?|records?|events?|entries|values?|items)\b", text
        )
    ) and (count := whole(many[1])):
        values["maxRecords"] = count
    lasts = re.search(
        r"\b(?:for|during|within|at most|up to|waiting)\s+(?=(?:an?|\d+|\w+) (?:second|minute|hour))", text
    )
    if lasts and (duration := find_duration(text, lasts.end())):
        values["maxDuration"] = duration.iso
    return values


def _fill_take(act: Act, scene: Scene) -> list[Step] | None:
    text = " ".join(act.text.split())
    package = broker_of(text)
    name = subject_name(text, scene)
    if package is None or name is None:
        return None
    values: dict[str, Json] = {**connection(package, text, scene), **named(package, name)}
    if package == KAFKA:
        group = re.search(
            r"\b(?:consumer\s+)?group\s+(?:id\s+)?(?:called\s+|named\s+)?(⟦\d+⟧|[\w.-]*\w)",
            text,
            re.IGNORECASE,
        )
        values["groupId"] = said(group[1], scene) if group else "{{ flow.id }}"
    if package == NATS:
        values["durableId"] = "{{ flow.id | slugify }}"
    if package == MQTT:
        values["serdeType"] = "JSON" if re.search(r"\bjson\b", text, re.IGNORECASE) else "STRING"
    values |= reading(text, scene)
    if package == MQTT and not {"maxRecords", "maxDuration"} & values.keys():
        return None  # nothing says when to stop listening
    kind = "Subscribe" if package == MQTT else "Consume"
    step = scene.step(f"{package}.{kind}", "read_messages", act, values)
    scene.gives(step, "file", "uri", format="ion", name="messages.ion", subject="messages")
    scene.gives(step, "value", "messagesCount", subject="count")
    return [step]


def _score_send(act: Act, scene: Scene) -> float:
    if broker_of(act.low) is None or not act.has(_PUT):
        return 0.0
    return (
        0.985
        if act.has(r"\b(?:to|on|onto|into|in)\b.*\b(?:kafka|mqtt|nats|topic|subject|channel|broker)\b")
        else 0.0
    )


def _score_take(act: Act, scene: Scene) -> float:
    if broker_of(act.low) is None or not act.has(_TAKE):
        return 0.0
    return 0.98 if act.has(r"\b(?:from|to|on|of|off|in|topic|subject)\b") else 0.0


RULES = (
    Rule(f"{KAFKA}.Produce", _score_send, _fill_send),
    Rule(f"{KAFKA}.Consume", _score_take, _fill_take),
)
