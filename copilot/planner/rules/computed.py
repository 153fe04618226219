"""New columns in words: `a column tax that is 20 % of amount`, `total as price times quantity`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.planner.rules.literal import Masked


@dataclass(frozen=True, slots=True)
class Computed:
    """A column `name` that is `left operator right`; the sides are columns or numbers."""

    name: str
    left: str | float
    operator: str
    right: str | float


_COLUMN = r"[a-z_]\w*"
_SIDE = rf"(?:-?\d+(?:\.\d+)?|{_COLUMN})"
_OPERATORS: tuple[tuple[str, str], ...] = (
    (r"times|multiplied (?:by|with)|\*|x", "*"),
    (r"divided by|over|/", "/"),
    (r"plus|added to|\+", "+"),
    (r"minus|less|-", "-"),
)
_ANY = "|".join(pattern for pattern, _ in _OPERATORS)
_VALUE = (
    rf"(?:(?P<percent>\d+(?:\.\d+)?)\s*(?:%|percent|per cent)\s+of\s+(?:the\s+)?(?P<of>{_COLUMN})"
    rf"|(?P<twice>twice|double|half)\s+(?:of\s+)?(?:the\s+)?(?P<what>{_COLUMN})"
    rf"|(?P<left>(?:the\s+)?{_SIDE})\s*(?P<op>{_ANY})\s*(?P<right>(?:the\s+)?{_SIDE}))"
)
_NEW = re.compile(
    rf"\b(?:add|create|compute|calculate|derive|make|append|with)\s+(?:an?\s+|the\s+)?(?:new\s+"
    rf"|extra\s+|computed\s+)?"
    rf"(?:(?:columns?|fields?)\s+(?:called\s+|named\s+)?(?P<a>⟦\d+⟧|{_COLUMN})|(?P<b>⟦\d+⟧"
    rf"|{_COLUMN})\s+(?:columns?|fields?))\s*"
    r"(?:,?\s*(?:that|which)\s+(?:is|equals|holds|contains)|as|=|is|being|equal to|equals|with"
    r"|from|holding|containing"
    rf"|(?:computed|calculated) (?:as|from))\s*(?:the\s+)?{_VALUE}",
    re.IGNORECASE,
)
_INTO = re.compile(
    rf"\b(?:compute|calculate)\s+(?:the\s+)?(?P<b>{_COLUMN})\s+as\s+(?:the\s+)?{_VALUE}", re.IGNORECASE
)


def computed(text: str, masked: Masked) -> tuple[Computed, ...]:
    """Return the new columns a clause asks for, with what they are made of."""
    found = []
    for pattern in (_NEW, _INTO):
        for match in pattern.finditer(text):
            parts = match.groupdict()
            said = parts.get("a") or parts["b"] or ""
            literals = masked.inside(said)
            found.append(_made(literals[0].value if literals else said, parts))
    return tuple(dict.fromkeys(found))


def _made(name: str, parts: dict[str, str | None]) -> Computed:
    if parts["percent"]:
        return Computed(name, str(parts["of"]), "*", float(parts["percent"]) / 100)
    if parts["twice"]:
        half = parts["twice"].lower() == "half"
        return Computed(name, str(parts["what"]), "/" if half else "*", 2.0)
    operator = next(
        sign for pattern, sign in _OPERATORS if re.fullmatch(pattern, str(parts["op"]), re.IGNORECASE)
    )
    return Computed(name, _side(parts["left"]), operator, _side(parts["right"]))


def _side(text: str | None) -> str | float:
    plain = re.sub(r"^the\s+", "", text or "", flags=re.IGNORECASE)
    return float(plain) if re.fullmatch(r"-?\d+(?:\.\d+)?", plain) else plain
