"""Secrets out of everything that leaves for a model, and out of what a model writes."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, quote_plus

from engine.secrets import MASK

_LEAST = 3
"""Shorter values are not masked: they would take half the alphabet with them."""

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"),
    (
        "API key",
        (
            r"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}|\bAIza[0-9A-Za-z_-]{30,}|\bgsk_[A-Za-z0-9]{20,}"
            r"|\bhf_[A-Za-z0-9]{20,}|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[A-Za-z0-9_-]{20,}|\bdapi[a-f0-9]{30,}"
            r"|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|\bya29\.[A-Za-z0-9_-]{20,}|\bdop_v1_[a-f0-9]{30,}"
        ),
    ),
    (
        "access token",
        (
            r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}"
            r"|\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}"
        ),
    ),
    ("AWS key", r"\b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}\b"),
    ("web token", r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}"),
    ("bearer token", r"(?<=[Bb]earer )[A-Za-z0-9._~+/-]{8,}=*|(?<=[Bb]asic )[A-Za-z0-9+/]{8,}={0,2}"),
    (
        "webhook",
        (
            r"https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]+"
            r"|https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/[\w/-]+"
            r"|https://[\w.-]+\.webhook\.office\.com/[\w@/.-]+"
        ),
    ),
    ("password in an address", r"(?<=://)[^\s:/@{}'\"]*:[^\s/{}'\"]+(?=@)"),
)
_WORD = (
    r"[\w.-]*(?:password|passwd|passphrase|pwd|secret|api[_-]?key|apikey|access[_-]?key|account[_-]?key"
    r"|private[_-]?key|signing[_-]?key|encryption[_-]?key|token|credentials?|service[_-]?account"
    r"|sas|connection[_-]?string|authorization)(?![A-Za-z])"
)
_FIELD = re.compile(
    rf"(?P<head>(?P<open>\\?[\"']?){_WORD}(?P=open)\s*(?:=>|[:=]|\bis\s(?=\s*\S*\d))\s*)"
    r"(?:(?P<quote>\\?[\"'])(?P<quoted>.*?)(?P=quote)|(?P<bare>[^\s\"'{}\[\],#|>$&;][^\s\"'{},#&;]*))",
    re.IGNORECASE,
)
_OPTION = re.compile(
    r"(?P<head>(?:--?(?:password|passwd|token|secret|api-?key)[= ]|(?<=\s)-u\s+[^\s:'\"]+:))"
    r"(?P<bare>[^\s'\"]+)",
    re.IGNORECASE,
)
_BLOCK = re.compile(
    rf"^(?P<indent>[ \t]*)(?P<head>(?:-[ \t]+)?[\"']?{_WORD}[\"']?[ \t]*:[ \t]*[|>][+-]?\d*[ \t]*\n)"
    r"(?P<body>(?:(?P=indent)[ \t]+\S[^\n]*(?:\n|\Z)|[ \t]*\n)+)",
    re.IGNORECASE | re.MULTILINE,
)
_HARMLESS = re.compile(
    r"(?:true|false|null|none|\*+|\d{1,3}|string|changeme|example|<[^>]*>|\{\{.*\}\}|\$\{?\w+\}?|%\w+%"
    r"|secret\([^)]*\)|inputs\.[\w.]+|envs\.[\w.]+|vars\.[\w.]+|outputs\.[\w.\[\]'\"-]+|kv\([^)]*\)"
    r"|os\.environ.*|os\.getenv.*|(?-i:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+))",
    re.IGNORECASE | re.DOTALL,
)
_LONG = re.compile(r"(?<![\w/+.-])[A-Za-z0-9+/_-]{32,}={0,2}(?![\w/+.-])")
_COMPILED = tuple((name, re.compile(pattern, re.DOTALL)) for name, pattern in _PATTERNS)


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without secrets, and what kinds of secrets were in it."""

    text: str
    found: tuple[str, ...] = ()


def redact(text: str, values: Iterable[str] = (), *, own: bool = False) -> Redacted:
    """Mask known secret values in every usual spelling, things that look like keys, and fields named so.

    In `own` text, written by this project, the names of fields say nothing: "a token: use …" is a sentence.
    """
    found: list[str] = []
    for value in _spelled(frozenset(item for item in values if len(item) >= _LEAST)):
        if value in text:
            text = text.replace(value, MASK)
            found.append("a secret value")
    for name, pattern in _COMPILED:
        text, count = pattern.subn(MASK, text)
        if count:
            found.append(name)
    if own:
        return Redacted(text, tuple(dict.fromkeys(found)))
    for kind, pattern, write in (
        ("a field named like a secret", _BLOCK, _block),
        ("a field named like a secret", _FIELD, _field),
        ("a field named like a secret", _OPTION, _field),
        ("a random text", _LONG, _random),
    ):
        masked = pattern.sub(write, text)
        if masked != text:
            found.append(kind)
            text = masked
    return Redacted(text, tuple(dict.fromkeys(found)))


def looks_secret(text: str) -> bool:
    """Tell whether a value itself looks like a key or a token."""
    return any(pattern.search(text) for _, pattern in _COMPILED)


@lru_cache(maxsize=8)
def _spelled(values: frozenset[str]) -> tuple[str, ...]:
    """Return the values as they may be written, longest first: plain, quoted, in an address, in base64."""
    return tuple(sorted({form for value in values for form in _spellings(value)}, key=len, reverse=True))


def _spellings(value: str) -> Iterator[str]:
    yield value
    stripped = value.strip()
    if len(stripped) >= _LEAST:
        yield stripped
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield json.dumps(json.dumps(value)[1:-1])[1:-1]
    yield quote(value, safe="")
    yield quote_plus(value)
    yield value.replace("'", "''")
    data = value.encode("utf-8", "surrogatepass")
    for encoded in (base64.b64encode(data), base64.urlsafe_b64encode(data)):
        yield encoded.decode()
        if len(encoded) >= 8:
            yield encoded.decode().rstrip("=")
    if "\n" in stripped:
        yield from (line.strip() for line in stripped.splitlines() if len(line.strip()) >= 8)


def _field(match: re.Match[str]) -> str:
    groups = match.groupdict()
    value = groups.get("quoted") if groups.get("quoted") is not None else groups["bare"]
    if not value or MASK in value or _HARMLESS.fullmatch(value.strip()):
        return match[0]
    mark = groups.get("quote") or ""
    return f"{match['head']}{mark}{MASK}{mark}"


def _block(match: re.Match[str]) -> str:
    if _HARMLESS.fullmatch(match["body"].strip()) or match["body"].strip() == MASK:
        return match[0]
    return f"{match['indent']}{match['head']}{match['indent']}  {MASK}\n"


def _random(match: re.Match[str]) -> str:
    """Mask what no person would write: letters of both cases and digits, changing all the time."""
    text = match[0]
    kinds = [
        "d" if item.isdigit() else "u" if item.isupper() else "l" if item.islower() else "-" for item in text
    ]
    changes = sum(1 for one, two in itertools.pairwise(kinds) if one != two)
    is_random = len(set(kinds) - {"-"}) == 3 and kinds.count("d") >= 3 and changes >= 0.35 * len(text)
    return MASK if is_random else text
