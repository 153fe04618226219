"""Secrets out of everything that leaves for a model, and out of what a model writes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.secrets import MASK

_PATTERNS: tuple[tuple[str, str], ...] = (
    ("private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"),
    (
        "API key",
        r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}|\bAIza[0-9A-Za-z_-]{30,}|\bgsk_[A-Za-z0-9]{20,}|\bhf_[A-Za-z0-9]{20,}",
    ),
    (
        "access token",
        r"\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}|\bxox[abprs]-[A-Za-z0-9-]{10,}",
    ),
    ("AWS key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    ("web token", r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}"),
    ("bearer token", r"(?<=[Bb]earer )[A-Za-z0-9._~+/-]{12,}=*"),
    ("Slack webhook", r"https://hooks\.slack\.com/services/[A-Za-z0-9/]+"),
    ("password in an address", r"(?<=://)[^\s:/@{}]+:[^\s@/{}]+(?=@)"),
)
_FIELD = re.compile(
    r"(?P<head>[\"']?(?:[\w-]*(?:password|passwd|pwd|secret|api[_-]?key|apikey|access[_-]?key|private[_-]?key|token|client[_-]?secret|serviceAccount|credentials))[\"']?\s*[:=]\s*)(?P<quote>[\"']?)(?P<value>[^\s\"'{}\[\],#|>$][^\s\"'{},#]*)(?P=quote)",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"^(?:true|false|null|none|\*+|secret\(.*|inputs\..*|envs\..*|kv\(.*|<.*>|\d{1,3}|string|changeme|example)$",
    re.IGNORECASE,
)
_COMPILED = tuple((name, re.compile(pattern, re.DOTALL)) for name, pattern in _PATTERNS)


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without secrets, and what kinds of secrets were in it."""

    text: str
    found: tuple[str, ...] = ()


def redact(text: str, values: Iterable[str] = ()) -> Redacted:
    """Mask known secret values, things that look like keys, and values of fields named like secrets."""
    found: list[str] = []
    for value in sorted({item for item in values if len(item) >= 3}, key=len, reverse=True):
        if value in text:
            text = text.replace(value, MASK)
            found.append("a secret value")
    for name, pattern in _COMPILED:
        text, count = pattern.subn(MASK, text)
        if count:
            found.append(name)

    def mask_field(match: re.Match[str]) -> str:
        if _HARMLESS.match(match["value"]) or MASK in match["value"]:
            return match[0]
        found.append("a field named like a secret")
        return f"{match['head']}{match['quote']}{MASK}{match['quote']}"

    text = _FIELD.sub(mask_field, text)
    return Redacted(text, tuple(dict.fromkeys(found)))


def looks_secret(text: str) -> bool:
    """Tell whether a value itself looks like a key or a token."""
    return any(pattern.search(text) for _, pattern in _COMPILED)
