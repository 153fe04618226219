"""Redis: keys, counters, lists and channels."""

from __future__ import annotations

import re

from copilot.plan.plan import Step
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.message import NAME, NOT, reading, sent_words
from copilot.planner.rules.fill.place import said
from copilot.planner.rules.fill.record import records
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.phrase import message_of
from copilot.planner.rules.scene import Scene
from copilot.planner.rules.word import find_duration
from engine.model.json import Json

REDIS = "io.kestra.plugin.redis"
_KEY = re.compile(
    rf"\b(?:key|list|channel|counter|queue|set)\s+(?:(?:called|named)\s+)?{NOT}(?P<a>{NAME})"
    rf"|\bunder\s+(?:the\s+)?(?:redis\s+)?(?:key\s+)?(?P<c>{NAME})|\bredis\s+(?:key\s+|list\s+|channel\s+|counter\s+)"
    rf"?{NOT}(?P<b>{NAME})",
    re.IGNORECASE,
)


def redis_url(scene: Scene) -> dict[str, Json]:
    """Return how Redis is reached; an address with a password stays a secret."""
    address = next((item.value for item in scene.masked.literals if item.value.startswith("redis")), None)
    if address and "@" not in address and "://" in address:
        return {"url": address}
    scene.note("Redis needs the secret REDIS_URL (environment variable SECRET_REDIS_URL, base64).")
    return {"url": "{{ secret('REDIS_URL') }}"}


def redis_key(text: str, scene: Scene) -> str | None:
    """Return the key, list or channel of Redis a text names."""
    match = _KEY.search(text)
    return said(match["a"] or match["c"] or match["b"], scene) if match else None


def _fill_redis(act: Act, scene: Scene) -> list[Step] | None:
    text = " ".join(act.text.split())
    key = redis_key(text, scene)
    if key is None:
        return None
    url = redis_url(scene)
    if act.has(r"\b(?:list|queue)\b"):
        return _redis_list(act, key, url, scene)
    if act.has(r"^(?:publish|send|post|emit)\b|\bchannel\b"):
        return _redis_records(f"{REDIS}.pubsub.Publish", {**url, "channel": key}, key, act, scene)
    if act.has(r"^(?:increment|increase|count up|bump)\b") or (
        act.has(r"\bcounter\b")
        and not act.has(r"^(?:get|read|fetch|load|look up|retrieve|take|delete|set)\b")
    ):
        by = re.search(r"\bby\s+(-?\d+)", text)
        values: dict[str, Json] = {**url, "key": key, **({"amount": int(by[1])} if by else {})}
        step = scene.step(f"{REDIS}.string.Increment", "increment", act, values)
        scene.gives(step, "value", "value", subject="count")
        return [step]
    if act.has(r"^(?:delete|remove|drop|clear)\b"):
        return [scene.step(f"{REDIS}.string.Delete", "delete_key", act, {**url, "keys": [key]})]
    if act.has(r"^(?:get|read|fetch|load|look up|retrieve|take)\b"):
        step = scene.step(f"{REDIS}.string.Get", "get_key", act, {**url, "key": key})
        scene.gives(step, "value", "data", subject="value")
        return [step]
    return _redis_set(act, key, url, text, scene)


def _redis_set(act: Act, key: str, url: dict[str, Json], text: str, scene: Scene) -> list[Step] | None:
    for item in act.of("address"):  # where Redis is says nothing about the value
        mark = f"⟦{scene.masked.literals.index(item)}⟧"
        text = re.sub(rf"\s+(?:on|at|in|of)?\s*(?:the\s+)?(?:server\s+|host\s+)?{mark}", "", text)
    match = re.search(
        r"\bset\b.*?\b(?:to|=)\s+(?P<value>.+?)(?:\s+(?:for|in redis|with)\b.*)?$", text, re.IGNORECASE
    ) or re.search(
        r"^(?:save|store|put|write|cache|keep|remember|set)\s+(?P<value>.+?)\s+(?:in|into|to|under|"
        r"as|with)\b",
        text,
        re.IGNORECASE,
    )
    value = message_of(match["value"], scene.masked, scene) if match else ""
    if not value:
        return None
    values: dict[str, Json] = {**url, "key": key, "value": value}
    lasts = re.search(r"\b(?:for|ttl(?: of)?|expir\w+ (?:after|in))\s+", text, re.IGNORECASE)
    if lasts and (duration := find_duration(text, lasts.end())):
        values["options"] = {"expirationDuration": duration.iso}
    return [scene.step(f"{REDIS}.string.Set", "set_key", act, values)]


def _redis_list(act: Act, key: str, url: dict[str, Json], scene: Scene) -> list[Step] | None:
    if act.has(r"^(?:pop|get|read|take|fetch|consume|drain|pull)\b"):
        values: dict[str, Json] = {**url, "key": key, **reading(" ".join(act.text.split()), scene)}
        if not {"maxRecords", "maxDuration"} & values.keys():
            return None
        step = scene.step(f"{REDIS}.list.ListPop", "pop", act, values)
        scene.gives(step, "file", "uri", format="ion", name="messages.ion", subject="messages")
        scene.gives(step, "value", "count", subject="count")
        return [step]
    return _redis_records(f"{REDIS}.list.ListPush", {**url, "key": key}, key, act, scene)


def _redis_records(
    type_id: str, values: dict[str, Json], key: str, act: Act, scene: Scene
) -> list[Step] | None:
    steps: list[Step] = []
    bare = Act(act.text, act.words, [item for item in act.literals if item.value != key])
    source = records(bare, sent_words(act), scene, steps, "(. | tojson)")
    if source is None:
        return None
    return [*steps, scene.step(type_id, type_id.rpartition(".")[2].lower(), act, {**values, "from": source})]


def _score_redis(act: Act, scene: Scene) -> float:
    return 0.985 if act.has(r"\bredis\b") and not act.has(r"\b(?:docker|image|container)\b") else 0.0


RULES = (Rule(f"{REDIS}.string.Set", _score_redis, _fill_redis),)
