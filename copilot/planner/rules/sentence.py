"""A request cut into sentences and list items."""

from __future__ import annotations

import re

_REQUEST = re.compile(
    r"^\s*(?:hi|hello|hey)?[\s,!]*(?:(?:please|can you|could you|would you|i(?:'d"
    r"| would) like(?: you)?(?: to)?|i want(?: you)?(?: to)?(?: have)?"
    r"|i need(?: you)?(?: to)?(?: have)?|help me(?: to)?|let'?s)\s*)*"
    r"(?:(?:create|build|write|make|draft|generate|design|set up|give me|add|have|develop"
    r"|implement)\s+)?(?:me\s+)?"
    r"(?:an?|the|another|some|new|simple|small|short|basic|kestra|etl|elt|data|scheduled"
    r"|daily|hourly|weekly|monthly|\s)*\s*\b(?:flow|workflow|pipeline|job"
    r"|dag)\b(?:\s+in kestra)?[\s,]*"
    r"(?:(?:which|that)(?:\s+(?:will|should|can|must|does|do|just|simply|only)\b)?|to\b|:"
    r"|for(?=\s+\w+ing\b)|where(?:\s+it)?|,)?\s*",
    re.IGNORECASE,
)


_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)]|step \d+:|\(?[a-z]\))\s+", re.IGNORECASE)


def listed(text: str) -> str:
    """Write `1) … 2) … 3) …` of one line as lines."""
    if not re.search(r"(?:^|\s)\(?1[.)]\s.*\s\(?2[.)]\s", text):
        return text
    return re.sub(r"(?:^|(?<=\s))\(?(\d{1,2})[.)]\s+", r"\n\1. ", text)


def strip_request(text: str) -> str:
    match = _REQUEST.match(text)
    rest = text[match.end() :] if match else text
    return rest if match and rest.strip() else text


def split_sentences(text: str) -> list[tuple[str, str]]:
    """Split at line ends, full stops and semicolons; tells `bullet` or `listed` (by `;`)."""
    parts: list[tuple[str, str]] = []
    for line in text.splitlines():
        bullet = "bullet" if _BULLET.match(line) else ""
        pieces = re.split(r"((?<=[.!?])\s+(?=\S)|;\s*)", _BULLET.sub("", line))
        for number in range(0, len(pieces), 2):
            listed = number > 0 and ";" in pieces[number - 1]
            if piece := pieces[number].strip().rstrip(".!?").strip():
                parts.append((piece, "listed" if listed else bullet))
    return parts
