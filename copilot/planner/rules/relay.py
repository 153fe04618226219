"""Clauses that carry something from one system to another, cut in two; clauses about one clone, joined."""

from __future__ import annotations

import re

from copilot.planner.rules.clause import Act, Loop, Node
from copilot.planner.rules.literal import Masked

_CARRY = (
    r"(?:copy|move|transfer|load|import|export|send|sync|replicate|stream|pipe|ship|bring|ingest|"
    r"upload|get|fetch|pull"
    r"|push|publish|write|read|put|save|dump|store|migrate|extract|forward|archive|unload|download|"
    r"back ?up|mirror|deliver)"
)
_SYSTEMS: tuple[tuple[str, str], ...] = (
    ("sftp", r"\bsftp\b"),
    ("ftps", r"\bftps\b"),
    ("ftp", r"\bftp\b"),
    ("kafka", r"\bkafka\b"),
    ("redis", r"\bredis\b"),
    ("mqtt", r"\bmqtt\b"),
    ("nats", r"\bnats\b"),
    ("mysql", r"\b(?:mysql|mariadb)\b"),
    ("bigquery", r"\bbig ?query\b"),
    ("duckdb", r"\bduck ?db\b"),
    ("postgres", r"\b(?:postgres(?:ql)?|pg)\b"),
    ("s3", r"\b(?:s3|minio)\b"),
    ("gcs", r"\b(?:gcs|google cloud storage|cloud storage)\b"),
)
_MINE = frozenset({"sftp", "ftps", "ftp", "kafka", "redis", "mqtt", "nats", "mysql", "s3", "local"})
_INTO = re.compile(
    r"\s(?:in)?to\s|\sonto\s|\sin\s(?=(?:the\s|a\s|our\s)?(?:s3|gcs|bucket|postgres|mysql|redis))",
    re.IGNORECASE,
)
_VERB_OF = {
    "kafka": "publish it to",
    "mqtt": "publish it to",
    "nats": "publish it to",
    "redis": "push it to",
    "mysql": "load it into",
    "postgres": "load it into",
    "duckdb": "load it into",
    "bigquery": "load it into",
}


def system_of(text: str, masked: Masked) -> str | None:
    """Return the system a phrase speaks of: by name, or by the form of its address."""
    for name, pattern in _SYSTEMS:
        if re.search(pattern, text, re.IGNORECASE):
            return name
    for literal in masked.inside(text):
        if literal.kind == "bucket":
            return "gcs" if literal.value.startswith("gs://") else "s3"
        if literal.kind == "address":
            return literal.value.partition("://")[0].replace("tcp", "mqtt")
        if literal.kind == "path":
            return "local"
    return None


def relayed(nodes: list[Node], masked: Masked) -> list[Node]:
    """Return the nodes with every clause between two systems as reading and writing, clones joined."""
    found: list[Node] = []
    for node in nodes:
        found += _halves(node, masked) if isinstance(node, Act) else [node]
    found = [part for node in found for part in _list_first(node, masked)]
    found = [part for node in found for part in _download_first(node, masked)]
    return _for_each(_in_clone([part for node in found for part in _read_first(node, masked)]))


_DONE_WITH = re.compile(
    r"^(?:ask|let|have|use|compress|convert|turn|transform|unzip|unpack|untar|gunzip|decompress|gzip|count|"
    r"query|classify|categori[sz]e|summari[sz]e|translate|filter"
    r"|sort|clean|parse|extract)\b(?!.*\bfiles\b)",
    re.IGNORECASE,
)


def _read_first(node: Node, masked: Masked) -> list[Node]:
    """`convert s3://lake/a.json to parquet`: what lies elsewhere is read before anything is done with it."""
    if not isinstance(node, Act) or not _DONE_WITH.match(node.text):
        return [node]
    marks = [item for item in node.literals if item.kind in ("bucket", "path")]
    text = " ".join(node.text.split())
    if (
        len(marks) != 1
        or marks[0].value.endswith("/")
        or re.search(r"\b(?:to|into|as|on)\s+⟦\d+⟧", text)
        or marks[0].value.startswith("gs://")
    ):
        return [node]
    mark = f"⟦{masked.literals.index(marks[0])}⟧"
    server = re.search(r"\s(?:on|at)\s+(?:the\s+|our\s+)?s?ftps?\b.*$", text, re.IGNORECASE)
    where = server[0] if server else ""
    rest = text[: server.start()] if server else text
    if mark not in rest:
        return [node]
    rest = re.sub(rf"(?:the\s+)?(?:file\s+)?{mark}", "it", rest)
    return [
        _act(f"read {mark}{where}", node, masked),
        Act(rest, node.words, [item for item in node.literals if item is not marks[0]]),
    ]


_READ_BY_MODEL = re.compile(r"^(?:summari[sz]e|translate)\b.*\b(?:with|using|by|via)\b", re.IGNORECASE)


def _download_first(node: Node, masked: Masked) -> list[Node]:
    """`summarise ⟦0⟧ with Gemini`: what is behind an address is fetched before a model reads it."""
    urls = [item for item in node.literals if item.kind == "url"] if isinstance(node, Act) else []
    if (
        not isinstance(node, Act)
        or len(urls) != 1
        or not _READ_BY_MODEL.match(node.text)
        or _EACH.search(node.text)
    ):
        return [node]
    mark = f"⟦{masked.literals.index(urls[0])}⟧"
    rest = re.sub(rf"(?:the\s+)?(?:\w+\s+(?:at|of|from|in|behind)\s+)?{mark}", "it", node.text)
    return [
        _act(f"download {mark}", node, masked),
        Act(rest, node.words, [item for item in node.literals if item is not urls[0]]),
    ]


_OF_FOLDER = re.compile(
    r"^(?P<lead>\w+\s+(?:the\s+)?(?P<what>number|count|names?|list)\s+of\s+(?:the\s+|all\s+)*(?:\w+\s+)?"
    r"(?:files?|objects?))\s+(?P<at>(?:in|under|at|of)\s+.*?⟦\d+⟧)(?P<rest>.*)$",
    re.IGNORECASE,
)


def _list_first(node: Node, masked: Masked) -> list[Node]:
    """`log the number of files in /data`: the folder is listed before its files are spoken of."""
    match = _OF_FOLDER.match(" ".join(node.text.split())) if isinstance(node, Act) else None
    if match is None or not isinstance(node, Act) or re.match(r"(?:list|find)\b", node.low):
        return [node]
    if not any(item.kind in ("path", "bucket") for item in masked.inside(match["at"])):
        return [node]
    return [
        _act(f"list the files {match['at']}", node, masked),
        _act(f"{match['lead']}{match['rest']}", node, masked),
    ]


_EACH = re.compile(
    r"\b(?:each|every)\s+(?:one\s+)?(?:of\s+(?:them|the\s+\w+)|(?P<noun>[a-z]+))\b", re.IGNORECASE
)
_BY_MODEL = re.compile(r"^(?:classify|categori[sz]e|summari[sz]e|translate|extract)\b", re.IGNORECASE)
_WITH_RESULT = re.compile(
    r"^(?:log|print|store|save|send|post|publish|put|push|write)\b.*\b(?:it|them|results?|class\w*|"
    r"answer|summary|translation)\b",
    re.IGNORECASE,
)


def _for_each(nodes: list[Node]) -> list[Node]:
    """`classify each of them as …, log the result`: a model is asked once for each."""
    found: list[Node] = []
    for node in nodes:
        last = found[-1] if found else None
        each = _EACH.search(node.text) if isinstance(node, Act) and _BY_MODEL.match(node.text) else None
        if isinstance(node, Act) and each is not None:
            text = f"{node.text[: each.start()]}it{node.text[each.end() :]}"
            if where := re.search(r"\s+(?:in|from|of|at)\s+(?:the\s+)?⟦\d+⟧", text):
                urls = [item for item in node.literals if item.kind == "url"]
                mark = re.search(r"⟦\d+⟧", where[0])
                if len(urls) != 1 or mark is None:
                    found.append(node)
                    continue
                found.append(Act(f"download {mark[0]}", node.words, urls))
                text = text.replace(where[0], "", 1)
            inner = Act(text, node.words, [item for item in node.literals if item.kind != "url"])
            found.append(Loop(each["noun"] or "row", node.words, [inner]))
        elif (
            isinstance(node, Act)
            and isinstance(last, Loop)
            and last.body
            and last in found
            and isinstance(last.body[0], Act)
            and (_BY_MODEL.match(last.body[0].text) and _WITH_RESULT.match(node.text))
        ):
            last.body.append(node)
        else:
            found.append(node)
    return found


def _halves(act: Act, masked: Masked) -> list[Node]:
    text = " ".join(act.text.split())
    verb = re.match(rf"{_CARRY}\b", text, re.IGNORECASE)
    cut = _cut(text, masked) if verb else None
    if verb is None or cut is None:
        return [act]
    source, target, one, two = cut
    what = re.sub(rf"^{_CARRY}\s+", "", source, flags=re.IGNORECASE)
    reading = "consume" if one in ("kafka", "mqtt", "nats", "redis") else "read"
    into = re.sub(r"^(?:an?\s+|the\s+)?(?:same\s+)?", "", target)
    named = _TABLE.search(source)
    if two in ("postgres", "mysql") and named and _ALONE.fullmatch(into):
        into = f"{into} table {named['a'] or named['b']}"  # a table keeps its name
    writing = (
        f"{_VERB_OF.get(two, 'upload it to')} the {into}"
        if not into.startswith("⟦")
        else (f"{_VERB_OF.get(two, 'upload it to')} {into}")
    )
    if re.match(r"(?:sync|replicate|mirror)\b", verb[0], re.IGNORECASE) and two in ("mysql", "postgres"):
        writing += " replacing what is there"  # the same rows once more would be twice there
    halves = [_act(f"{reading} {what}", act, masked), _act(writing, act, masked)]
    if verb[0].lower() == "move" and one in ("s3", "gcs", "sftp", "ftp", "ftps", "local"):
        halves.append(_act(f"delete {what}", act, masked))
    kept = [item for item in act.literals if item.kind in ("retry", "timeout", "lenient")]
    for half in halves:
        half.literals = [*half.literals, *(item for item in kept if item not in half.literals)]
    return list(halves)


_TABLE = re.compile(
    r"\btable\s+(?:called\s+|named\s+)?(?P<a>⟦\d+⟧|[A-Za-z_][\w.]*\w)|\b(?P<b>(?!the\b|a\b|our\b|my\b|this\b|that\b|whole\b)[A-Za-z_][\w.]*\w)\s+table\b",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"(?:postgres(?:ql)?|pg|mysql|mariadb)(?:\s+(?:database|db|server|warehouse))?", re.IGNORECASE
)


def _act(text: str, whole: Act, masked: Masked) -> Act:
    return Act(text, whole.words, masked.inside(text))


def _cut(text: str, masked: Masked) -> tuple[str, str, str, str] | None:
    """Return source phrase, target phrase, and the system of each."""
    reverse = re.match(
        rf"(?P<verb>{_CARRY}\b.*?)\s(?:in)?to\s(?P<target>.+?)\sfrom\s(?P<source>.+)$", text, re.IGNORECASE
    )
    cuts = [(text[: m.start()], text[m.end() :]) for m in reversed(list(_INTO.finditer(text)))]
    if reverse and not re.search(r"\sfrom\s", reverse["verb"]):
        cuts.append((f"{reverse['verb']} from {reverse['source']}", reverse["target"]))
    for source, target in cuts:
        one, two = system_of(source, masked), system_of(target, masked)
        if one is None and re.search(r"\btable\b", source) and two in _MINE:
            one = "postgres" if re.search(r"\bpostgres", masked.text, re.IGNORECASE) else None
        if one is None or two is None or one == two:
            continue
        here = re.search(r"\b(?:local|this machine|disk|my (?:machine|computer))\b", text, re.IGNORECASE)
        if two == "local" and one in ("sftp", "ftp", "ftps") and not here:
            continue  # a move on the server itself
        if {one, two} & _MINE:
            return source, target, one, two
    return None


_CLONE = re.compile(r"^(?:git )?(?:clone|check ?out)\b", re.IGNORECASE)
_WITHIN = re.compile(
    r"\bdbt\b|^(?:run|execute|start|call)\b.*(?:⟦\d+⟧|\b(?:there|in it|inside it|from it|on it)\b)",
    re.IGNORECASE,
)


def _in_clone(nodes: list[Node]) -> list[Node]:
    """What is run in a clone must be in the same working directory: one clause."""
    joined: list[Node] = []
    for node in nodes:
        last = joined[-1] if joined else None
        if (
            isinstance(node, Act)
            and isinstance(last, Act)
            and _CLONE.match(last.text)
            and any(item.kind == "url" for item in last.literals)
            and not any(item.kind in ("url", "bucket") for item in node.literals)
            and _WITHIN.search(node.text)
            and not re.search(r"\bsub-?flow\b", node.low)
        ):
            text = f"{last.text} and then {node.text}"
            joined[-1] = Act(text, f"{last.words}, {node.words}", [*last.literals, *node.literals])
        else:
            joined.append(node)
    return joined
