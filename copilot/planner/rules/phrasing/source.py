# ruff: noqa: E501 - one turn of phrase, one line: a pattern cut in pieces is harder to read
"""Sentences that only tell where something is and what it looks like, taken in by the sentence that uses it."""

from __future__ import annotations

import re

from copilot.planner.rules.literal import Masked
from copilot.planner.rules.phrasing.told import Told, joined, sentences
from copilot.planner.rules.word import singular

_URL = r"⟦\d+⟧"
_URLS = rf"{_URL}(?:\s*(?:,\s*(?:and\s+)?|\band\b)\s*{_URL})*"
_KIND = r"(?:(?:daily|weekly|monthly|yearly|quarterly|raw|gzip(?:ped)?|compressed|zipped|plain|public|large|small|big|csv|json|parquet|text|zip|tar|xml|gz)\s+)*"
_THING = rf"{_KIND}(?:files?|archives?|addresses|address|urls?|links?|apis?|endpoints?|services?|data(?:\s?sets?)?|pages?|tables?|json|csvs?|zip|exports?|documents?|lists?)"
_N = r"(?:an?|the|my|our|these|two|three|four|five|several|some|\d+|following|\s)+"
_IS_AT = (
    rf"^\s*(?:there\s+(?:is|are)|here\s+(?:is|are)|i\s+have|we\s+have|you\s+(?:will\s+)?find)\s+{_N}\s*{_THING}(?:\s+(?:called|named|of|with)\s+[\w ]+?)?\s*(?:at|under|on|in|behind|:|,)?\s*(?P<at>{_URLS})\s*[.!]?$",
    rf"^\s*(?:the|my|our|all)\s+(?P<what>[a-z][\w -]*?)\s+(?:is|are|lies?|come|comes|can be (?:found|fetched|downloaded)|is to be found|live|lives)\s*(?:at|under|from|in|behind|here:|:|stored at|available at|located at)\s*(?P<at>{_URLS})(?:\s*,?\s*(?:which|that|and|it)\s+(?P<shape>[^.]*))?[.!]?$",
    rf"^\s*(?:the|its)\s+(?:json|answer|response|document|data|api|service|list|object)\s+(?:at|of|from|behind|under)\s+(?P<at>{_URL})\s+(?:is|holds|contains|has|keeps|delivers|serves|returns|gives)\s+(?P<shape>[^.]*)[.!]?$",
    rf"^\s*(?:my|our|the|these)\s+(?P<what>files|addresses|urls|sources)\s+are\s*:?\s*(?P<at>{_URLS})\s*[.!]?$",
    rf"^\s*(?:the\s+(?:file|address|service|api|endpoint|url)\s+)?(?P<at>{_URL})\s+(?:is|holds|contains|has|serves|answers with|returns|gives)\s+(?:an?\s+|the\s+)?(?P<shape>[^.]*)[.!]?$",
)
_TOLD = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _IS_AT)
_LIST = re.compile(
    r"\b(?:list|array|field|key|property)\s+(?:that is\s+|which is\s+)?(?:called|named|under(?: the key)?|in(?: the (?:key|field))?)\s+(?P<a>⟦\d+⟧|[a-z_]\w*)"
    r"|\b(?:under|in)\s+(?:the\s+)?(?:key|field|property)\s+(?P<b>⟦\d+⟧|[a-z_]\w*)|\bwith\s+(?:an?\s+|the\s+)?(?P<c>(?!an?\s|the\s)[a-z_]\w*)\s+(?:list|array)\b",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"^\s*(?:its|the|this|that|their)?\s*(?:answer|response|reply|result|json|it|service|api|body)\s+(?:is|answers? with|returns?|gives?|has|contains|looks like|comes as|sends)\s+(?:back\s+)?(?P<shape>.*\b(?:list|array|object)\b.*)$",
    re.IGNORECASE,
)
_FILE = re.compile(
    r"\b(?:files?|csvs?|archives?|exports?|data\s?sets?|zip|parquet)\b"
    r"|\.(?:csv|tsv|jsonl?|ndjson|parquet|txt|xlsx?|zip|gz|xml)\b",
    re.IGNORECASE,
)
_USE = re.compile(
    r"(?P<verb>\b(?:download|fetch|get|grab|read|load|call|request|take|pull|retrieve|query|unpack|unzip|extract|concatenate|merge|combine|poll|ask|import))\s+"
    r"(?P<what>(?:them\s+)?(?:all|both)(?:\s+of\s+(?:them|these)|\s+(?:files|the files|two|three|four))?|them|it|this|that|these|(?:the|this|that|these|all)\s+(?:the\s+)?(?:\w+\s+)?(?:files?|archives?|addresses|address|urls?|data|page|json|csvs?))(?=\s|[.,;]|$)",
    re.IGNORECASE,
)


def sourced(masked: Masked, told: Told) -> None:
    """Take such sentences out; the address goes to the clause that fetches it, the shape to `told`."""
    pieces = sentences(masked.text)
    kept: list[tuple[str, str]] = []
    waiting: tuple[str, str] | None = None
    last = ""
    for text, end in pieces:
        match = next((found for pattern in _TOLD if (found := pattern.match(text))), None)
        if match is not None and _addresses(match["at"], masked) and not _does(match):
            _shape(match, masked, told)
            if _fetched_before(kept, match):
                last = match["at"]
                continue
            waiting, last = (match["at"], text), match["at"]
            continue
        if (answer := _ANSWER.match(text)) is not None and last and _list_of(answer["shape"], masked):
            _remember(last, _list_of(answer["shape"], masked), masked, told)
            continue
        if waiting is not None:
            text = _used(text, waiting[0], masked.unmask(waiting[1]))
            waiting = None
        kept.append((text, end))
        last = next(iter(re.findall(_URL, text)), last)
    if waiting is not None:
        kept.append((waiting[1], "."))
    masked.text = _named_list(joined(kept), masked, told)


def _fetched_before(kept: list[tuple[str, str]], match: re.Match[str]) -> bool:
    """`Post the products to ⟦0⟧. The products come from ⟦1⟧.`: they are fetched before they are used."""
    what = (match.groupdict().get("what") or "").split()
    if not what or re.fullmatch(r"files?|addresses|address|urls?|data|api|service", what[-1], re.IGNORECASE):
        return False
    named = re.compile(rf"\b{re.escape(singular(what[-1]))}\w{{0,3}}\b", re.IGNORECASE)
    for number, (text, end) in enumerate(kept):
        if named.search(text):
            verb = "download" if _FILE.search(match[0]) else "call"
            kept[number] = (f"{verb} {match['at']}, then {_lowered(text)}", end)
            return True
    return False


def _lowered(text: str) -> str:
    text = text.lstrip()
    return text.lower() if text.isupper() else re.sub(r"^[A-Z]+(?=[a-z]*\s)", lambda m: m[0].lower(), text)


def _does(match: re.Match[str]) -> bool:
    shape = match.groupdict().get("shape") or ""
    return (
        re.search(
            r"\b(?:(?<!now and )then|log|if|until|more than|less than|load|save)\b", shape, re.IGNORECASE
        )
        is not None
    )


def _addresses(text: str, masked: Masked) -> bool:
    return all(item.kind in ("url", "path", "bucket") for item in masked.inside(text))


def _used(text: str, at: str, told: str) -> str:
    """Fetch what was told of where it is used; what was called a file is one, everything else an answer."""
    match = _USE.search(text)
    if match is not None:
        return f"{text[: match.start()]}{match['verb']} {at}{text[match.end() :]}"
    verb = "download" if _FILE.search(told) else "call"
    return f"{verb} {at}, then {text.strip()}" if text.strip() else text


def _shape(match: re.Match[str], masked: Masked, told: Told) -> None:
    shape = match.groupdict().get("shape") or ""
    if name := _list_of(shape, masked):
        _remember(match["at"], name, masked, told)


def _remember(at: str, name: str, masked: Masked, told: Told) -> None:
    for literal in masked.inside(at):
        told.lists[literal.value] = name


def _list_of(shape: str, masked: Masked) -> str:
    match = _LIST.search(shape)
    if match is None:
        return ""
    said = match["a"] or match["b"] or match["c"]
    literals = masked.inside(said)
    return literals[0].value if literals else said


_BEHIND = re.compile(
    rf"(?P<at>{_URL})\s*,?\s*\(?(?:which|that|it|the answer|the response)\s+(?:answers? with|returns?|gives?(?: back)?|has|contains|is|sends)\s+(?P<shape>(?:an?\s+(?:json\s+)?object\b|a\s+list\b|a\s+json\b)[^.;()⟦]*?\b(?:list|array|key|field)\b[^.;,()⟦]*?(?:called|named|under|key|in)\s+(?:the\s+key\s+)?(?:⟦\d+⟧|[a-z_]\w*))\)?",
    re.IGNORECASE,
)


def _named_list(text: str, masked: Masked, told: Told) -> str:
    """`call ⟦0⟧, which answers with an object that has a list called products`: said behind the address."""

    def taken(match: re.Match[str]) -> str:
        name = _list_of(match["shape"], masked)
        if name:
            _remember(match["at"], name, masked, told)
        return match["at"] if name else match[0]

    return _BEHIND.sub(taken, text)
