"""Literals of a request (addresses, quoted texts, code, e-mails, retry and timeout words), put aside first.

Nothing inside them is then read as language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal as OneOf

from copilot.planner.rules.word import NUMBER, find_duration, whole

Kind = OneOf[
    "url",
    "bucket",
    "text",
    "code",
    "email",
    "file",
    "uri",
    "retry",
    "timeout",
    "lenient",
    "poll",
    "jdbc",
    "type",
    "path",
    "address",
]


@dataclass(frozen=True, slots=True)
class Literal:
    """One piece put aside: its kind, its value, and the words it stood as."""

    kind: Kind
    value: str
    words: str
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Masked:
    """A text with numbered marks where literals stood."""

    text: str
    literals: list[Literal] = field(default_factory=list)

    def put(self, literal: Literal) -> str:
        """Keep a literal and return its mark."""
        self.literals.append(literal)
        return f" ⟦{len(self.literals) - 1}⟧ " if literal.kind in _LOOSE else f"⟦{len(self.literals) - 1}⟧"

    def unmask(self, text: str) -> str:
        """Return the words as the user wrote them."""
        return " ".join(MARK.sub(lambda match: self.literals[int(match[1])].words, text).split())

    def inside(self, text: str) -> list[Literal]:
        """Return the literals whose marks stand in the text."""
        return [self.literals[int(number)] for number in MARK.findall(text)]


MARK = re.compile(r"⟦(\d+)⟧")
_LOOSE = frozenset({"retry", "timeout", "lenient"})

_FENCE = re.compile(r"```(?P<lang>\w*)[ \t]*\n(?P<body>.*?)\n?[ \t]*```", re.DOTALL)
_JDBC = re.compile(r"jdbc:[a-z]+:[^\s,;\"']*[^\s,;\"'.)]")
_SPOKEN_PLACE = re.compile(
    r"<(?:(?:the|an?|this|that|its|each|current)\s+)+(?P<name>[A-Za-z]\w*(?: \w+)?)>", re.IGNORECASE
)
"""A place for a value as people write it, `<the city>`: `<city>`."""
_URL = re.compile(r"https?://(?:<[A-Za-z][\w./-]*>|[^\s<>\"'`])*(?:<[A-Za-z][\w./-]*>|[^\s<>\"'`.,;:!?)\]])")
_BRACED_URL = re.compile(
    r"(?:https?|gs|s3)://[^\s<>\"'`{]*\{\{.*?\}\}(?:\{\{.*?\}\}|[^\s<>\"'`{])*[^\s<>\"'`.,;:!?)\]]"
)
_PYTHON = re.compile(
    r"\bprint\((?:\"[^\"\n]*\"|'[^'\n]*'|\([^()\n]*\)|[^()\n\"'])*\)"
    r"|(?<=python: )(?:import |from |for |[a-z_]\w*\s*=\s)[^\n]*|(?<=code: )(?:import |from |for )[^\n]*"
)
_BUCKET = re.compile(r"(?:gs|s3)://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]]")
_ADDRESS = re.compile(
    r"\b(?:tcp|ssl|nats|tls|rediss?|mqtts?|sftp|ftps?|kafka)://[^\s<>\"'`,;]*[^\s<>\"'`.,;:!?)\]]",
    re.IGNORECASE,
)
_PATH = re.compile(r"(?<![\w/:.⟧{}<>*-])/(?:[\w.{}*-]+/)*[\w.{}*-]*[\w}*/](?![\w/])")
_URI = re.compile(r"(?:kestra|nsfile)://[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]]")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_TYPE = re.compile(r"\bio\.kestra\.[A-Za-z0-9_.]+[A-Za-z0-9]")
_FILE = re.compile(
    (
        r"(?<![\w/.-])(?:[\w.{}*-]+/)*[\w{}*-][\w.{}*-]*\.(?:csv|tsv|jsonl?|ndjson|parquet"
        r"|txt|py|sql|sh|js|ya?ml|xml|xlsx?|zip|log|md|html)(?:\.gz)?\b"
    ),
    re.IGNORECASE,
)
_JSON = re.compile(r"(?<!\{)\{\s*\"[^\"\n]+\"\s*:(?:[^{}]|\{[^{}]*\})*\}(?!\})")
_RETRIED = re.compile(
    rf"\bretry(?:ing)?\s+(?:to\s+)?(?:(?:call|download|fetch|get|request)(?:ing)?\s+)?(⟦\d+⟧)\s+"
    rf"(?=(?:up to |at most )?{NUMBER})",
    re.IGNORECASE,
)
_RETRIED_OF = re.compile(
    rf"\bretry\s+the\s+(?:download|fetch|loading)\s+of\s+(⟦\d+⟧)\s+(?=(?:up to |at most )?{NUMBER})",
    re.IGNORECASE,
)
_LIMITED = re.compile(
    r"\blimit\s+the\s+(?:download|fetch|loading)\s+of\s+(⟦\d+⟧)\s+to\s+(?=(?:\d|an?\s|one\s))", re.IGNORECASE
)
_TRIED = re.compile(
    rf"\btry\s+(?:to\s+(?:download|get|fetch|load)\s+)?(⟦\d+⟧)\s+(?=(?:up to |at most )?{NUMBER}\s+times)",
    re.IGNORECASE,
)
_BARE_SQL = re.compile(
    r"(?<=:\s)(?P<body>(?:select\s|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s).+?)"
    r"(?=\s*,\s*(?:and\s+)?(?:then\s+)?(?:export|save|store|log|upload|write|send|post|load|print|return|mail)\b"
    r"|\s+and\s+then\s|\s*;|\.\s|\.?\s*$|\n)",
    re.IGNORECASE,
)
_QUOTES = (
    re.compile(r"`(?P<body>[^`\n]+)`"),
    re.compile(r"“(?P<body>[^”]+)”"),
    re.compile(r"\"(?P<body>(?:[^\"\\\n]|\\.)*)\""),
    re.compile(r"(?<![\w⟧])'(?P<body>[^'\n]+)'(?!\w)"),
    re.compile(r"‘(?P<body>[^’]+)’"),
    re.compile(r"«\s?(?P<body>[^»]+?)\s?»"),
)

_RETRY = re.compile(
    rf"(?:[\s,]*\b(?:and|with)\s+)?(?:"
    r"\b(?P<verb>retry(?:ing|ies)?|try(?:ing)?)\s*(?:it|this|that|them|again|each (?:task"
    r"|step)|every (?:task|step)|everything"
    r"|(?:the )?(?!up\b|at\b|a\b|on\b|if\b|with\b|every\b|after\b|for\b|again\b)[a-z][\w-]*"
    r"(?= (?:up to |at most )?(?:\d|once|twice|three|four|five|ten|two))"
    r"|the (?:whole |entire )?(?:flow|thing|job|run|pipeline|request|download|task"
    r"|step|query|call))?\s*(?:again\s*)?(?:on failures?\s*|if it fails\s*)?(?:up to"
    rf"|at most|a maximum of|maximum)?\s*(?P<n>{NUMBER}|once"
    r"|twice)(?:\s*(?:more\s*)?times?)?|"
    rf"\b(?:up to |at most |a maximum of )?(?P<n2>{NUMBER})\s+(?P<noun>retries"
    r"|retry attempts|attempts|tries)|"
    r"\b(?P<bare>retry(?:ing)?)\s*(?:it|this|on failures?|if it fails|until it works"
    r"|with (?:exponential )?back-?off)?)",
    re.IGNORECASE,
)
_RETRY_PAUSE = re.compile(
    (
        r"[\s,]*(?:on failures?|if it fails|when it fails)?[\s,]*(?:with (?:a )?(?:pauses? of"
        r"|delays? of|intervals? of|waits? of)?|every|after|waiting|in between"
        r"|at intervals of|with an? interval of|and wait|with(?= \d))?\s*"
    ),
    re.IGNORECASE,
)
_RETRY_TAIL = re.compile(
    (
        r"[\s,]*(?:(?:in )?between (?:each (?:try|attempt)|attempts|retries|tries|them)"
        r"|in between|apart|delay|pauses?|intervals?|(?:with|using) exponential back-?off"
        r"|if it fails|on failures?|when it fails|before giving up|between each)"
    ),
    re.IGNORECASE,
)
_TIMEOUT = re.compile(
    (
        r"(?:[\s,]*\b(?:and|with)\s+)?\b(?:(?:a\s+)?time-?out\s*(?:of|after|is|:|=)?"
        r"|time(?:s)? (?:it )?out after|give (?:it )?up after|abort (?:it )?after"
        r"|cancel (?:it )?after|kill (?:it )?after|(?:must|should|may) (?:not|never) (?:take"
        r"|run) (?:longer|more) than|no longer than|(?:must|should) finish (?:with)?in)\s*"
    ),
    re.IGNORECASE,
)
_LENIENT = re.compile(
    (
        r"(?:[\s,]*\b(?:and|but)\s+)?\b(?:ignor(?:e|ing) (?:any |all )?(?:errors|failures?)"
        r"|(?:continue|carry on|go on|keep going)(?: anyway)? (?:even )?(?:if|when) (?:it"
        r"|this|that) fails|even if it fails|allow(?:ing)? (?:it to fail|failures?)|it (?:may"
        r"|can) fail)"
    ),
    re.IGNORECASE,
)


def mask(text: str) -> Masked:
    """Put the literals of a request aside."""
    masked = Masked(_SPOKEN_PLACE.sub(lambda m: f"<{m['name'].replace(' ', '_')}>", text))
    _mask(masked, _FENCE, lambda m: Literal("code", m["body"], m[0], {"lang": m["lang"].lower()}))
    _mask(masked, _PYTHON, lambda m: Literal("code", m[0].strip(), m[0], {"lang": "python"}))
    _mask(masked, _BRACED_URL, lambda m: Literal("url" if m[0].startswith("http") else "bucket", m[0], m[0]))
    _mask(masked, _JSON, lambda m: Literal("code", m[0], m[0], {"lang": "json"}))
    _mask(masked, _QUOTES[0], lambda m: _quoted(m["body"], m[0]))
    for quote in _QUOTES[1:]:
        _mask(masked, quote, lambda m: _quoted(m["body"].replace('\\"', '"'), m[0]))
    _mask(masked, _BARE_SQL, lambda m: Literal("code", m["body"], m["body"], {"lang": "sql"}))
    for kind, pattern in (
        ("jdbc", _JDBC),
        ("url", _URL),
        ("bucket", _BUCKET),
        ("uri", _URI),
        ("email", _EMAIL),
        ("type", _TYPE),
        ("address", _ADDRESS),
        ("path", _PATH),
        ("file", _FILE),
    ):
        _mask(masked, pattern, lambda m, kind=kind: Literal(kind, m[0], m[0]))
    masked.text = _RETRIED.sub(r"call \1, retry ", masked.text)
    masked.text = _RETRIED_OF.sub(r"download \1, retry ", masked.text)
    masked.text = _LIMITED.sub(r"download \1 with a timeout of ", masked.text)
    masked.text = _TRIED.sub(r"download \1, try ", masked.text)
    _mask_until(masked, _LENIENT, lambda at, m: (m.end(), Literal("lenient", "true", m[0])))
    _mask_until(masked, _TIMEOUT, lambda at, m: _timeout(masked.text, m))
    _mask_until(masked, _RETRY, lambda at, m: _retry(masked.text, m))
    return masked


def _quoted(body: str, words: str) -> Literal:
    for kind, pattern in (
        ("jdbc", _JDBC),
        ("url", _URL),
        ("bucket", _BUCKET),
        ("uri", _URI),
        ("email", _EMAIL),
        ("type", _TYPE),
    ):
        if pattern.fullmatch(body):
            return Literal(kind, body, words)  # type: ignore[arg-type]
    return Literal("text", body, words)


def _mask(masked: Masked, pattern: re.Pattern[str], make) -> None:  # type: ignore[no-untyped-def]
    masked.text = pattern.sub(lambda match: masked.put(make(match)), masked.text)


def _mask_until(masked: Masked, pattern: re.Pattern[str], make) -> None:  # type: ignore[no-untyped-def]
    position = 0
    while (match := pattern.search(masked.text, position)) is not None:
        end, literal = make(position, match)
        if literal is None:
            position = match.end()
            continue
        mark = masked.put(literal)
        masked.text = masked.text[: match.start()] + mark + masked.text[end:]
        position = match.start() + len(mark)


def _timeout(text: str, match: re.Match[str]) -> tuple[int, Literal | None]:
    duration = find_duration(text, match.end())
    if duration is None or duration.start - match.end() > 1:
        return match.end(), None
    return duration.end, Literal("timeout", duration.iso, text[match.start() : duration.end].strip(" ,"))


def _retry(text: str, match: re.Match[str]) -> tuple[int, Literal | None]:
    end = match.end()
    pause = _RETRY_PAUSE.match(text, end)
    found = find_duration(text, pause.end() if pause else end)
    interval = "PT10S"
    stated = found is not None and found.start - (pause.end() if pause else end) <= 1
    if found is not None and stated:
        interval, end = found.iso, found.end
    while tail := _RETRY_TAIL.match(text, end):
        end = tail.end()
    words = text[match.start() : end].strip(" ,")
    count = whole(match["n"] or match["n2"] or "3") or 3
    tries = bool(match["noun"] and "retr" not in match["noun"].lower()) or bool(
        match["verb"] and match["verb"].lower().startswith("try")
    )
    attempts = count if tries else count + 1
    retry: dict[str, object] = {"type": "constant", "interval": interval, "maxAttempts": attempts}
    if re.search(r"exponential|back-?off", words, re.IGNORECASE):
        retry = {"type": "exponential", "interval": interval, "maxInterval": "PT10M", "maxAttempts": attempts}
    whole_flow = bool(
        re.search(
            r"everything|each (?:task|step)|every (?:task|step)"
            r"|the (?:whole |entire )?(?:flow|thing|job|run|pipeline)",
            words,
            re.I,
        )
    )
    return end, Literal("retry", interval, words, {"retry": retry, "flow": whole_flow})
