"""Addresses: download a file, call an API, send a message to a webhook."""

from __future__ import annotations

import json
import re
from posixpath import basename
from urllib.parse import urlsplit

from copilot.plan.plan import InputPlan, Step
from copilot.plan.render import snake
from copilot.planner.rules.clause import Act
from copilot.planner.rules.fill.rule import Rule
from copilot.planner.rules.phrase import expression_of, message_of, pronoun
from copilot.planner.rules.scene import Carrier, Scene
from engine.model.json import Json

DOWNLOAD = "io.kestra.plugin.core.http.Download"
REQUEST = "io.kestra.plugin.core.http.Request"
SLACK = "io.kestra.plugin.slack.notifications.SlackIncomingWebhook"

_CALL = (
    r"\b(?:post|put|patch|delete|call|request|hit|ping|poll|check|invoke|query|send|submit|webhook|status)\b"
)
_METHOD = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE|HEAD|[Pp]ost|[Pp]ut|[Pp]atch|[Dd]elete)\b")
_FORMATS = ("csv", "json", "jsonl", "ndjson", "parquet", "tsv", "xml", "txt", "xlsx", "zip", "gz", "html")


def format_of(url: str, said: str = "") -> tuple[str, bool]:
    """Return the file format an address or the words tell, and whether it is gzip-compressed."""
    path = urlsplit(url).path.lower() if "://" in url else url.lower()
    compressed = path.endswith(".gz")
    path = path.removesuffix(".gz")
    suffix = path.rpartition(".")[2] if "." in basename(path) else ""
    suffix = {"ndjson": "jsonl", "txt": "text", "tsv": "csv"}.get(suffix, suffix)
    if suffix in ("csv", "json", "jsonl", "parquet", "xml", "text", "zip", "html", "xlsx"):
        return suffix, compressed
    query = re.search(r"(?:format|type|output)=(\w+)", url)
    if query and query[1].lower() in _FORMATS:
        return query[1].lower(), compressed
    for name in ("csv", "parquet", "jsonl", "json", "xml", "html", "zip"):
        if re.search(rf"\b{name}\b", said.lower()):
            return name, compressed
    return "json", compressed


def file_name(url: str, format_: str, compressed: bool) -> str:
    """Return a plain name for a downloaded file inside a working directory."""
    return f"data.{'txt' if format_ == 'text' else format_}{'.gz' if compressed else ''}"


def download(url: str, act: Act, scene: Scene, *, number: int | None = None) -> Step:
    """Make the download step of one address and remember its file."""
    format_, compressed = format_of(url, f"{act.low} {scene.request}")
    name = "download" if number is None else f"download_{_subject(url)}".rstrip("_")
    step = scene.step(DOWNLOAD, name, act, {"uri": scene.fill_or_ask(url)})
    scene.gives(
        step,
        "file",
        "uri",
        format=format_,
        compressed=compressed,
        name=file_name(url, format_, compressed),
        subject=_subject(url),
    )
    return step


def _subject(url: str) -> str:
    stem = re.sub(r"[{<].*?[}>]", "", basename(urlsplit(url).path.rstrip("/")).partition(".")[0])
    return snake(stem)[:30]


def source_file(act: Act, scene: Scene, steps: list[Step], *formats: str) -> Carrier | None:
    """Return the file a clause speaks of: downloaded from its address now, or the newest one there is."""
    url = act.first("url")
    if url is not None and scene.has(DOWNLOAD):
        steps.append(download(url, act, scene))
        return scene.carriers[-1]
    return scene.latest("file", formats=formats) or scene.latest("file")


def source_of(act: Act, scene: Scene, steps: list[Step], *formats: str) -> Carrier | None:
    """As `source_file`; the rows or the answer of a step count as well when nothing newer is there."""
    if act.first("url") is not None:
        return source_file(act, scene, steps, *formats)
    return _given_file(act, scene) or scene.source(*formats)


def _given_file(act: Act, scene: Scene) -> Carrier | None:
    """Return the file a clause names that no step makes: it is asked for when the flow starts."""
    named = [
        item.value for item in act.of("file") if re.search(r"\.(?:csv|jsonl?|parquet)(?:\.gz)?$", item.value)
    ]
    known = {part for item in scene.carriers for part in (item.name, *item.path)}
    if len(named) != 1 or named[0] in known or saved_as(act) or scene.scheduled or scene.source() is not None:
        return None
    name = basename(named[0])
    item = scene.add_input(InputPlan(id=snake(name), type="FILE", because=named[0]))
    scene.note(f"The file '{name}' is asked for as the input '{item.id}' when the flow starts.")
    format_, compressed = format_of(name)
    facts = {"format": format_, "compressed": compressed, "name": name, "given": f"inputs.{item.id}"}
    carrier = Carrier("file", "", (), subject=snake(name.partition(".")[0]), **facts)  # type: ignore[arg-type]
    scene.carriers.append(carrier)
    scene.subjects.append(carrier.subject)
    return carrier


_SAVE_AS = re.compile(
    r"\b(?:save|write|export|store|put|convert|output|dump|turn|keep|produce)\b.*?\b(?:as|to|into|in)\s+"
    r"(?:an?\s+|the\s+)?(?:new\s+|local\s+|output\s+)?(?P<format>csv|json|parquet)\b",
    re.IGNORECASE,
)


def saved_as(act: Act) -> str | None:
    """Return the file a clause saves rows as: `csv`, `json`, or a name like `top.csv`."""
    if act.has(r"\b(?:table|postgres\w*|bigquery|bucket|gcs|s3|database|kv|key|slack|mail)\b") or act.of(
        "bucket"
    ):
        return None
    named = next(
        (item.value for item in act.of("file") if re.search(r"\.(?:json|csv|parquet)$", item.value)), None
    )
    verb = act.has(r"\b(?:save|write|export|store|put|convert|output|dump|keep|produce)\b")
    match = _SAVE_AS.search(" ".join(act.text.split()))
    return named if named and verb else match["format"].lower() if match else None


def _address(act: Act, scene: Scene) -> list[str]:
    urls = [literal.value for literal in act.of("url")]
    if urls:
        return urls
    for literal in act.of("text", "code"):
        if literal.value.startswith(("http://", "https://", "{{")):
            return [literal.value]
    for name in ("url", "uri", "link", "address"):
        if (found := scene.lookup(name)) is not None:
            return [f"{{{{ {found} }}}}"]
    loop = scene.loop
    if loop is not None and loop.noun in ("url", "link", "address", "page", "endpoint", "site"):
        return [f"{{{{ {scene.value_of(loop.id)} }}}}"]
    return []


def _score_download(act: Act, scene: Scene) -> float:
    if not _address(act, scene):
        return 0.0
    if act.has(r"\bdownload"):
        return 0.95
    if act.has(r"^(?:upload|publish|push|transfer|move)\b"):
        return 0.0
    if act.has(_CALL) and not act.has(r"\b(?:csv|parquet|file)\b"):
        return 0.3
    if act.has(
        r"\b(?:fetch|get|grab|pull|extract|ingest|load|import|read|scrape|take|collect"
        r"|retrieve|start from|from)\b"
    ):
        return 0.8
    return 0.4 if act.first("url") else 0.0


def _fill_download(act: Act, scene: Scene) -> list[Step] | None:
    addresses = _address(act, scene)
    several = len(addresses) > 1
    return [
        download(url, act, scene, number=i if several else None) for i, url in enumerate(addresses)
    ] or None


def _score_request(act: Act, scene: Scene) -> float:
    if not _address(act, scene):
        return 0.0
    if act.has(
        r"\b(?:http|api|rest)\s+(?:call|request|get|post|put|delete)\b|^(?:do|send|make) an? (?:get|post)\b"
        r"|\bmake an? (?:\w+ )?request|\b(?:post|put|patch)\b"
    ):
        return 0.96
    if act.has(r"\b(?:call|request|hit|ping|poll|invoke|check)\b"):
        return 0.9
    if act.has(
        r"\b(?:query|get|fetch|send|submit|delete|retrieve)\b.*\b(?:api|endpoint|service"
        r"|status|weather|joke|quote)\b"
    ):
        return 0.85
    return 0.6 if act.has(r"\b(?:send|submit|query)\b") else 0.0


def _fill_request(act: Act, scene: Scene) -> list[Step] | None:
    address = _address(act, scene)[0]
    values: dict[str, Json] = {"uri": scene.fill_or_ask(address)}
    method = _METHOD.search(" ".join(act.text.split()))
    verb = method[1].upper() if method else "POST" if act.has(r"\b(?:send|submit)\b") else "GET"
    if verb != "GET":
        values["method"] = verb
    body = _body(act, scene) if verb in ("POST", "PUT", "PATCH") else None
    if body is None and verb != "GET" and act.has(r"^(?:post|send|put|submit)\s+(?:it|them|this|that)\b"):
        return None  # there is nothing to send yet
    if body is not None:
        newest = scene.latest("file")
        table = newest is not None and newest.format == "csv" and body.startswith("{{ read(")
        values["contentType"] = "text/csv" if table else "application/json"
        values["body"] = body
    step = scene.step(REQUEST, "request" if verb == "GET" else verb.lower(), act, values)
    sent = "reply" if verb != "GET" else ""  # what comes back is not what was sent
    scene.gives(step, "response", "body", format="json", subject=_subject(address), name=sent)
    return [step]


def _body(act: Act, scene: Scene) -> str | None:
    texts = [literal.value for literal in act.of("text", "code") if not literal.value.startswith("http")]
    if texts:
        return _named_values(scene.fill_text(texts[0]), scene)
    named = act.find(r"^(?:post|send|put|submit|push)\s+(?P<what>(?:its|their|the|each)\s+.+?)\s+to\s+⟦")
    value = expression_of(named["what"], scene.masked, scene) if named else None
    if (
        named
        and value
        and not re.search(
            r"\b(?:result|response|answer|reply|output|rows|data|body|content|file|json)s?$", named["what"]
        )
    ):
        field = snake(re.sub(r"^.*?\b(?:its|their|the|each)\s+", "", named["what"]))
        return f"{{{{ {{'{field}': {value}}} | toJson }}}}"
    known = (
        pronoun(scene)
        if act.has(
            r"\b(?:it|them|the result|results|rows|data|response|answer|reply|output|body"
            r"|contents?|file|json)\b"
        )
        else None
    )
    if known:  # rows are posted as rows, also where they are one number
        known = re.sub(r"(\.rows)\[0\]\.\w+$", r"\1", known)
        if known.startswith("read(") or known.endswith(".body"):
            return f"{{{{ {known} }}}}"  # a text already; written as JSON it would be one quoted string
        return f"{{{{ {known} | toJson }}}}"
    return None


_BARE = re.compile(r"(?P<before>:\s*)(?P<name>(?!true\b|false\b|null\b)[A-Za-z_]\w*)(?=\s*[,}])")


def _named_values(text: str, scene: Scene) -> str:
    """`{"cheapest": name}`: a name without quotes stands for the value it names, where one is known."""
    if not text.lstrip().startswith("{") or "{{" in text:
        return text

    def put(match: re.Match[str]) -> str:
        value = expression_of(f"the {match['name']}", scene.masked, scene)
        return f"{match['before']}{{{{ {value} | toJson }}}}" if value else match[0]

    return _BARE.sub(put, text)


def unnamed_values(text: str) -> list[str]:
    """Return the names without quotes that still stand in a JSON text: nothing was known by them."""
    return [match["name"] for match in _BARE.finditer(text)] if text.lstrip().startswith("{") else []


def _score_slack(act: Act, scene: Scene) -> float:
    return 0.97 if act.has(r"\bslack\b") else 0.0


def _fill_slack(act: Act, scene: Scene) -> list[Step] | None:
    hook = next((item.value for item in act.of("url") if re.search(r"hook|slack", item.value)), None)
    if hook is None and act.has(
        r"\b(?:webhook|slack)\s+(?:(?:at|via|through|using|url|address|webhook)\s+)*⟦"
    ):
        hook = act.first("url")
    steps: list[Step] = []
    if hook is None and act.first("url") is not None:  # what the address holds is to be sent
        source_file(act, scene, steps)
    text = f"{{{{ {pronoun(scene)} }}}}" if steps else message_text(act, scene)
    if not text:
        return None
    address: Json = hook or "{{ secret('SLACK_WEBHOOK_URL') }}"
    if hook is None:
        scene.note(
            "Slack needs the secret SLACK_WEBHOOK_URL (environment variable "
            "SECRET_SLACK_WEBHOOK_URL, base64)."
        )
    if scene.has(SLACK):
        payload = json.dumps({"text": text}, ensure_ascii=False) if "{{" not in text else None
        values: dict[str, Json] = {"url": address, "payload" if payload else "messageText": payload or text}
        return [*steps, scene.step(SLACK, "notify_slack", act, values)]
    body = (
        json.dumps({"text": text}, ensure_ascii=False)
        if "{{" not in text
        else f"{{{{ {{'text': {_as_expression(text)}}} | toJson }}}}"
    )
    return [
        *steps,
        scene.step(
            REQUEST,
            "notify_slack",
            act,
            {"uri": address, "method": "POST", "contentType": "application/json", "body": body},
        ),
    ]


def _as_expression(text: str) -> str:
    """Write a text with expressions in it as one expression: `a {{ b }}` is `'a ' ~ b`."""
    parts = [part for part in re.split(r"(\{\{.*?\}\})", text) if part]
    return " ~ ".join(
        part[2:-2].strip() if part.startswith("{{") else "'" + part.replace("'", "\\'") + "'"
        for part in parts
    )


def message_text(act: Act, scene: Scene) -> str:
    """Return what a notification says: the quoted text, what is named, or a sentence about this run."""
    if act.of("text", "code"):
        return message_of(
            " ".join(f"⟦{scene.masked.literals.index(item)}⟧" for item in act.of("text", "code")[:1]),
            scene.masked,
            scene,
        )
    thing = act.find(
        r"^(?:post|send|report|publish|notify \w+ (?:of|about))\s+(?P<what>(?:the|its|their|all"
        r"|each)\s+.+?)\s+(?:to|on|via|through|in|by)\s+"
        r"(?:the\s+|our\s+|my\s+|an?\s+)?(?:\w+\s+)?(?:slack|discord|teams|e-?mail|mail|channel|⟦)"
    )
    if thing and not re.search(r"\bmessage\b", thing["what"]):
        return message_of(thing["what"], scene.masked, scene)
    named = act.find(r"\b(?:with|about|containing|saying|that)\s+(?P<what>.+)$")
    if named:
        return message_of(
            re.sub(
                r"\b(?:to|on|via|in|through)\s+(?:slack|e-?mail|teams|the channel).*$",
                "",
                named["what"],
                flags=re.I,
            ),
            scene.masked,
            scene,
        )
    known = (
        pronoun(scene)
        if act.has(r"\b(?:result|results|rows|it|them|summary|report|output|answer)\b")
        else None
    )
    return (
        f"{{{{ {known} }}}}"
        if known
        else "Flow {{ flow.namespace }}.{{ flow.id }}, execution {{ execution.id }}: please have a look"
    )


RULES = (
    Rule(DOWNLOAD, _score_download, _fill_download),
    Rule(REQUEST, _score_request, _fill_request),
    Rule(REQUEST, _score_slack, _fill_slack),
)
