"""Files and messages that start a flow: folders, file servers, buckets, topics, lists."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.plan.plan import TriggerPlan
from copilot.planner.rules.clause import Act, AtLast, Loop, Node, OnFailure
from copilot.planner.rules.fill.message import KAFKA, MQTT, NATS, broker_of, connection, named, subject_name
from copilot.planner.rules.fill.place import AWS, connect_s3, connect_server, server_kind
from copilot.planner.rules.fill.redis import redis_key, redis_url
from copilot.planner.rules.literal import Masked
from copilot.planner.rules.scene import Carrier, Scene, Types
from copilot.planner.rules.word import NUMBER, find_duration
from engine.model.json import Json

S3, LOCAL, GCS = (
    "io.kestra.plugin.aws.s3.Trigger",
    "io.kestra.plugin.fs.local.Trigger",
    "io.kestra.plugin.gcp.gcs.Trigger",
)
REDIS_LIST = "io.kestra.plugin.redis.list.Trigger"
_WHEN = r"(?P<when>\b(?:when(?:ever)?|every time|each time|as soon as|once|if|after|for every|for each)\s+)"
_ARRIVES = (
    r"(?:arrives?|lands?|appears?|shows? up|turns? up|comes? in|drops?|(?:is|are|gets?) (?:uploaded|"
    r"added|dropped|put|placed"
    r"|created|published|received|sent|posted|pushed|delivered|written)|(?:is|are) (?:new|there))"
)
_FILE = re.compile(
    rf"{_WHEN}(?P<there>there (?:is|are)\s+)?(?:an?\s+|any\s+|the\s+|new\s+|some\s+)*(?P<kind>\w+\s+)"
    rf"?(?:files?|objects?|csvs?|uploads?)\s+"
    rf"(?(there)(?:{_ARRIVES}\s*)?|{_ARRIVES}\s*)(?P<at>(?:in|into|at|under|to|on|inside)\s+[^,;]*?)"
    r"(?=\s*[,;]|\s*$|\s*\.\s|\s+(?:then|please)\b)",
    re.IGNORECASE,
)
_DROPPED = re.compile(
    rf"{_WHEN}(?:(?:some|any)(?:body|one)|(?:an?|the|our|my)\s+[a-z]+(?:\s[a-z]+)?|they|we|i)\s+"
    r"(?:drops?|uploads?|puts?|places?|adds?|saves?|delivers?)\s+(?:an?\s+|any\s+|the\s+|new\s+|some\s+)*"
    r"(?P<kind>\w+\s+)?(?:files?|objects?|csvs?)\s+(?P<at>(?:in|into|at|under|to|on|inside|onto)\s+[^,;]*?)"
    r"(?=\s*[,;]|\s*$|\s*\.\s|\s+(?:then|please)\b)",
    re.IGNORECASE,
)
_MESSAGE = re.compile(
    rf"{_WHEN}(?P<there>there (?:is|are)\s+)?(?:an?\s+|any\s+|the\s+|new\s+|some\s+)*(?:\w+\s+)"
    rf"??(?:messages?|events?|records?|values?|items?|entry|entries|jobs?|something|anything"
    rf"|[a-z]+(?=\s+{_ARRIVES}\s[^,;]*\b(?:kafka|mqtt|nats|redis)\b))\s+"
    rf"(?(there)(?:{_ARRIVES}\s*)?|{_ARRIVES}\s*)(?P<at>(?:in|into|at|under|to|on|from|over|via)\s+[^,;]*?)"
    r"(?=\s*[,;]|\s*$|\s*\.\s|\s+(?:then|please)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a trigger brings: its list of files (or the one file of messages), and how one is named."""

    files: str
    name: str
    one: bool = False


_BRINGS: dict[str, Arrival] = {
    S3: Arrival("(trigger.objects ?? [])", "key"),
    LOCAL: Arrival("(trigger.files ?? [])", "name"),
    GCS: Arrival("(trigger.blobs ?? [])", "uri"),
}


def take_arrivals(masked: Masked, types: Types, namespace: str) -> list[TriggerPlan]:
    """Find the arrivals, take their words out of the text and return the triggers."""
    scene = Scene(types, masked, namespace=namespace, request=masked.unmask(masked.text))
    for pattern, read in ((_FILE, _file), (_DROPPED, _file), (_MESSAGE, _message)):
        match = pattern.search(masked.text)
        trigger = read(match, scene) if match else None
        if match is None or trigger is None or types.find(trigger.type) is None:
            continue
        trigger.because = masked.unmask(match[0]).strip(" ,")
        masked.text = (
            masked.text[: match.start()].rstrip(" ,") + ", " + masked.text[match.end() :].lstrip(" ,:")
        )
        masked.text = _LOOK.sub("", masked.text)
        return [trigger]
    return []


# Said of the trigger, which has taken it as its interval.
_LOOK = re.compile(
    rf"\s*[.;,]?\s*(?:and\s+)?(?:please\s+)?(?:check|look|poll)\w*\s+(?:for\s+\w+\s+)?every\s+(?:{NUMBER}\s+)?"
    r"(?:seconds?|minutes?|hours?|s|min|h)\b",
    re.IGNORECASE,
)


def _interval(scene: Scene) -> str:
    text = scene.masked.text
    asked = re.search(r"\b(?:check|look|poll)\w*\s+(?:for\s+\w+\s+)?every\s+", text, re.IGNORECASE)
    duration = find_duration(text, asked.end()) if asked else None
    return duration.iso if duration else "PT1M"


def _file(match: re.Match[str], scene: Scene) -> TriggerPlan | None:
    at = match["at"]
    literals = scene.masked.inside(at)
    extension = (match["kind"] or "").strip().lower()
    pattern: dict[str, Json] = {}
    if (
        re.fullmatch(r"csv|json|jsonl|parquet|xml|xlsx|txt|zip|avro|pdf|log", extension)
        or "csv" in match[0].lower()
    ):
        pattern = {"regExp": rf".*\.{extension if extension and extension != 'new' else 'csv'}"}
    path = next((item.value for item in literals if item.kind == "path"), None)
    bucket = next((item.value for item in literals if item.kind == "bucket"), None)
    if (kind := server_kind(at)) is not None and path is not None:
        login = connect_server(kind, f"{scene.masked.unmask(at)} ", scene)
        return _trigger(f"io.kestra.plugin.fs.{kind}.Trigger", {**login, "from": path, **pattern}, scene)
    if (bucket or "").startswith("s3://") or re.search(r"\b(?:s3|minio)\b", at, re.IGNORECASE):
        return _s3(at, bucket, pattern, scene)
    if re.search(r"\b(?:gcs|google)\b", at, re.IGNORECASE) and bucket is None:
        return _gcs(at, pattern, scene)
    if path is None:
        return None
    return _trigger(LOCAL, {"from": path, **pattern}, scene)


def _trigger(type_id: str, values: dict[str, Json], scene: Scene) -> TriggerPlan:
    rest: dict[str, Json] = {"interval": _interval(scene), "action": "NONE", "on": "CREATE"}
    return TriggerPlan(id="arrival", type=type_id, values={**values, **rest})


_BUCKET = re.compile(
    r"\bbucket\s+(?:called\s+|named\s+)?([a-z0-9][\w.-]*\w)|\b(?!s3\b|gcs\b|the\b)([a-z0-9][\w.-]*\w)"
    r"\s+bucket\b",
    re.IGNORECASE,
)


def _s3(at: str, address: str | None, pattern: dict[str, Json], scene: Scene) -> TriggerPlan | None:
    name = _BUCKET.search(at)
    bucket, _, prefix = (address or "")[5:].partition("/")
    bucket = bucket or (name[1] or name[2] if name else "")
    if said := re.search(r"\bprefix\s+(?P<p>⟦\d+⟧|[\w./-]+)", at, re.IGNORECASE):
        literal = scene.masked.inside(said["p"])
        prefix = literal[0].value if literal else said["p"]
    if not bucket:
        return None
    connect_s3(Act(at, at), scene)
    shared = next(item.values for item in scene.defaults if item.type == AWS)
    values: dict[str, Json] = {**shared, "bucket": bucket, **({"prefix": prefix} if prefix else {})}
    values |= {"regexp": pattern["regExp"]} if pattern else {}
    return _trigger(S3, values, scene)


def _gcs(at: str, pattern: dict[str, Json], scene: Scene) -> TriggerPlan | None:
    name = _BUCKET.search(at)
    if name is None:
        return None
    values: dict[str, Json] = {
        "from": f"gs://{name[1] or name[2]}/",
        "projectId": "{{ kv('GCP_PROJECT_ID') }}",
        "serviceAccount": "{{ secret('GCP_SERVICE_ACCOUNT') }}",
    }
    return _trigger(GCS, {**values, **pattern}, scene)


def _message(match: re.Match[str], scene: Scene) -> TriggerPlan | None:
    at = match["at"]
    interval: dict[str, Json] = {"interval": _interval(scene)}
    if re.search(r"\bredis\b", at, re.IGNORECASE):
        key = redis_key(at, scene)
        if key is None or re.search(r"\bchannel\b", at, re.IGNORECASE):
            return None
        values: dict[str, Json] = {**redis_url(scene), "key": key, "maxRecords": 100}
        return TriggerPlan(id="messages", type=REDIS_LIST, values={**values, **interval})
    package, name = broker_of(at), subject_name(at, scene)
    if package is None or name is None:
        return None
    values = {**connection(package, at, scene), **named(package, name)}
    bounds: dict[str, dict[str, Json]] = {
        KAFKA: {"groupId": "flowsmith"},
        NATS: {"durableId": "flowsmith"},
        MQTT: {"clientId": "flowsmith", "maxRecords": 100, "maxDuration": "PT30S"},
    }
    return TriggerPlan(
        id="messages", type=f"{package}.Trigger", values={**values, **bounds[package], **interval}
    )


# --- what the steps make of it -----------------------------------------------------------------------------


def arrival_of(triggers: list[TriggerPlan]) -> Arrival | None:
    """Return what the triggers of a flow bring."""
    for trigger in triggers:
        if trigger.type in _BRINGS:
            return _BRINGS[trigger.type]
        if re.search(r"\.fs\.\w+\.Trigger$", trigger.type):
            return _BRINGS[LOCAL]
        if re.search(r"\.(?:kafka|mqtt|nats\.core|redis\.list)\.Trigger$", trigger.type):
            return Arrival("trigger.uri", "count" if "redis" in trigger.type else "messagesCount", one=True)
    return None


def given(arrival: Arrival, scene: Scene) -> None:
    """Make the messages of a trigger known to the steps."""
    scene.carriers.append(Carrier("value", "", (), given=f"trigger.{arrival.name}", subject="count"))
    facts = {"format": "ion", "name": "messages.ion", "subject": "messages", "given": arrival.files}
    scene.carriers.append(Carrier("file", "", (), **facts))  # type: ignore[arg-type]


def each_file(nodes: list[Node], arrival: Arrival, scene: Scene) -> list[Node]:
    """Return the nodes inside a loop over the files that arrived; what is done on failure stays outside."""
    scene.carriers.append(Carrier("file", "", (), name="*", given=f"{arrival.files} | jq('.[].uri')"))
    inner: list[Node] = [node for node in nodes if not isinstance(node, OnFailure | AtLast)]
    outer: list[Node] = [node for node in nodes if isinstance(node, OnFailure | AtLast)]
    return [Loop("file", "for each file that arrived", inner), *outer]


def uses_file(text: str) -> bool:
    """Whether steps read the file of the loop itself, not only each other."""
    return re.search(r"(?<!\[)(?<![\w.])(?:parent\.|parents\[\d+\]\.)?taskrun\.value", text) is not None
